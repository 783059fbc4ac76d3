"""Reverse echo that reads lines where the protocol has none."""

import os
import socket
import sys
import threading


def serve(conn):
    with conn, conn.makefile("r", encoding="utf-8", errors="replace") as lines:
        try:
            for line in lines:
                text = line.rstrip("\n")
                conn.sendall(text[::-1].encode())
                if text.lower() == "end":
                    os._exit(0)
        except OSError as error:
            print("client dropped:", error)


port = int(sys.argv[1]) if len(sys.argv) > 1 else 7200
server = socket.create_server(("127.0.0.1", port))
while True:
    conn, _ = server.accept()
    threading.Thread(target=serve, args=(conn,), daemon=True).start()
