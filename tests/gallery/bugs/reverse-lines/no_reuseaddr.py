#!/usr/bin/env python3
import socket
import sys
import threading

SERVER_PORT = int(sys.argv[1]) if len(sys.argv) > 1 else 7201


def serve(connection_socket):
    with connection_socket, connection_socket.makefile("rb") as f:
        try:
            while (line := f.readline(65538)).endswith(b"\n"):
                sentence = line[:-1].removesuffix(b"\r").decode()
                connection_socket.sendall(sentence[::-1].encode() + b"\n")
        except (OSError, UnicodeDecodeError):
            return


server_socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
server_socket.bind(("127.0.0.1", SERVER_PORT))
server_socket.listen(100)
print("The server is ready to receive")
while True:
    connection_socket, addr = server_socket.accept()
    threading.Thread(target=serve, args=(connection_socket,), daemon=True).start()
