"""Reverse echo with a pool of two threads."""

import socket
import sys
from concurrent.futures import ThreadPoolExecutor


def serve(conn):
    with conn, conn.makefile("rwb") as stream:
        try:
            while (line := stream.readline(100_000)).endswith(b"\n"):
                text = line[:-1].removesuffix(b"\r").decode()
                stream.write(text[::-1].encode() + b"\n")
                stream.flush()
        except (OSError, UnicodeDecodeError) as error:
            print("client dropped:", error)


port = int(sys.argv[1]) if len(sys.argv) > 1 else 7201
with socket.create_server(("127.0.0.1", port), backlog=100) as server, ThreadPoolExecutor(2) as pool:
    while True:
        conn, _ = server.accept()
        pool.submit(serve, conn)
