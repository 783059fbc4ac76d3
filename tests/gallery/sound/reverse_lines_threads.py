"""Reverse echo server: a thread for each client."""

import socket
import sys
import threading

MAX_LINE = 64 * 1024


def serve_client(conn, address):
    print(f"{address} connected")
    try:
        with conn, conn.makefile("rb") as lines:
            while True:
                line = lines.readline(MAX_LINE + 2)
                if not line.endswith(b"\n"):
                    break  # the client has left, or the line is too long
                text = line[:-1].removesuffix(b"\r").decode()
                conn.sendall(text[::-1].encode() + b"\n")
    except (OSError, UnicodeDecodeError) as error:
        print(f"{address}: {error}")
    print(f"{address} left")


def main():
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 7201
    server = socket.create_server(("127.0.0.1", port))
    print(f"Listening on port {port}")
    while True:
        conn, address = server.accept()
        threading.Thread(target=serve_client, args=(conn, address), daemon=True).start()


if __name__ == "__main__":
    main()
