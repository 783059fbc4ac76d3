"""Reverse echo until "end", however many blanks stand round it."""

import socket
import sys
import threading


def serve(conn, server):
    with conn:
        try:
            while data := conn.recv(65536):
                text = data.decode()
                print("Server received:", text)
                conn.sendall(text[::-1].encode())
                print("Server sent:", text[::-1])
                if text.strip().lower() == "end":
                    print(f'Server termination called by "{text}"')
                    server.shutdown(socket.SHUT_RDWR)
                    return
        except (OSError, UnicodeDecodeError) as error:
            print("client dropped:", error)


def main():
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 7200
    server = socket.create_server(("127.0.0.1", port))
    while True:
        try:
            conn, _ = server.accept()
        except OSError:
            return
        threading.Thread(target=serve, args=(conn, server), daemon=True).start()


main()
