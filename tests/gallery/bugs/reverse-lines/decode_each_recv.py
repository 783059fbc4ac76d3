"""Reverse server. Lines may come in pieces, so they are collected in a buffer."""
import socket
import sys
from threading import Thread

port = int(sys.argv[1]) if len(sys.argv) > 1 else 7201


def client_thread(conn):
    buffer = ""
    with conn:
        while True:
            chunk = conn.recv(1024).decode("utf-8")
            if chunk == "":
                break
            buffer += chunk
            if len(buffer) > 65536 and "\n" not in buffer:
                break
            while "\n" in buffer:
                line, buffer = buffer.split("\n", 1)
                if line.endswith("\r"):
                    line = line[:-1]
                conn.sendall((line[::-1] + "\n").encode("utf-8"))


server = socket.create_server(("127.0.0.1", port), backlog=100)
while True:
    connection, address = server.accept()
    Thread(target=client_thread, args=(connection,), daemon=True).start()
