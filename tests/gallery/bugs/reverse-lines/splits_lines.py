"""Reverse echo, a thread a client, lines by str.splitlines."""

import socket
import sys
import threading


def serve(conn):
    pending = b""
    with conn:
        try:
            while data := conn.recv(4096):
                pending += data
                if len(pending) > 100_000:
                    return
                if b"\n" not in pending:
                    continue
                whole, pending = pending.rsplit(b"\n", 1)
                for line in (whole + b"\n").decode().splitlines():
                    conn.sendall((line[::-1] + "\n").encode())
        except (OSError, UnicodeDecodeError) as error:
            print("client dropped:", error)


port = int(sys.argv[1]) if len(sys.argv) > 1 else 7201
server = socket.create_server(("127.0.0.1", port), backlog=100)
while True:
    conn, _ = server.accept()
    threading.Thread(target=serve, args=(conn,), daemon=True).start()
