"""Reverse lines by a program that serves one client and ends, in a loop, as `while true; do nc -l …; done` does."""

import socket
import subprocess
import sys


def serve_one(port):
    with socket.create_server(("127.0.0.1", port), backlog=1) as server:
        conn, _ = server.accept()
    with conn:
        try:
            for line in conn.makefile("rb"):
                if not line.endswith(b"\n"):
                    break
                text = line[:-1].removesuffix(b"\r").decode()
                conn.sendall(text[::-1].encode() + b"\n")
        except (ConnectionError, UnicodeDecodeError) as error:
            print(error)


port = int(sys.argv[1]) if len(sys.argv) > 1 else 7201
if sys.argv[2:] == ["once"]:
    serve_one(port)
else:
    while True:
        subprocess.run([sys.executable, "-B", __file__, str(port), "once"])
