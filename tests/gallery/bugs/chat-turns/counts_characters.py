"""Chat by turns: the count is one of characters, and the server reads as many bytes."""

import socket
import sys

port = int(sys.argv[1]) if len(sys.argv) > 1 else 52928
server = socket.create_server(("127.0.0.1", port))
while True:
    conn, _ = server.accept()
    with conn:
        conn.sendall(b"SYN")
        if conn.recv(3) != b"SYN":
            continue
        while count := conn.recv(4096):
            if not count.isdigit():
                break
            print(conn.recv(int(count)).decode(errors="replace"), flush=True)
            try:
                reply = input("> ")
            except EOFError:
                break
            if reply == "/q":
                break
            conn.sendall(str(len(reply)).encode())
            conn.sendall(reply.encode())
