"""Reverse echo that accepts once: when its client has left, the program is over."""

import socket
import sys


def serve(conn):
    while data := conn.recv(16384):
        text = data.decode(errors="replace")
        conn.sendall(text[::-1].encode())
        if text.lower() == "end":
            break


port = int(sys.argv[1]) if len(sys.argv) > 1 else 7200
with socket.create_server(("127.0.0.1", port)) as server:
    conn, _ = server.accept()
    with conn:
        try:
            serve(conn)
        except OSError as error:
            print("the client is gone:", error)
