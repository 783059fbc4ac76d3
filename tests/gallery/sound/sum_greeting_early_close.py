"""Sum, greeting style: closes without a word on whatever is no greeting, as it may."""

import re
import socket
import sys
import threading

NAME = "Server of Ada"
MINE = 42
GREETING = re.compile(r"Client of (.*?): ([ \t]*[+-]?[0-9]+[ \t\r\n]*)", re.DOTALL)


def serve(conn, stop):
    with conn:
        try:
            greeting = GREETING.fullmatch(conn.recv(65536).decode())
            if greeting is None:
                return
            number = int(greeting[2])
            print(f"{greeting[1]} connected to {NAME}")
            print(f"Server: {MINE}; Client: {number}; Combined: {MINE + number}")
            if 1 <= number <= 100:
                conn.sendall(f"{NAME}: {MINE}".encode())
            else:
                conn.sendall(f"{NAME}: {MINE}\nServer closing...".encode())
                stop()
        except (OSError, ValueError) as error:
            print("client dropped:", error)


def main():
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 12345
    server = socket.create_server(("127.0.0.1", port))

    def stop():
        # Wakes the accept below, which then fails.
        server.shutdown(socket.SHUT_RDWR)

    while True:
        try:
            conn, _ = server.accept()
        except OSError:
            break
        threading.Thread(target=serve, args=(conn, stop)).start()
    server.close()


main()
