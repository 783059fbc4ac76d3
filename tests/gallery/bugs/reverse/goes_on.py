"""Reverse echo, a thread a client: `end` ends the client's conversation only."""

import socket
import sys
import threading


def serve(conn):
    with conn:
        try:
            while data := conn.recv(65536):
                text = data.decode(errors="replace")
                conn.sendall(text[::-1].encode())
                if text.lower() == "end":
                    print(f'Server termination called by "{text}"')
                    break
        except OSError as error:
            print("client dropped:", error)


port = int(sys.argv[1]) if len(sys.argv) > 1 else 7200
server = socket.create_server(("127.0.0.1", port))
while True:
    conn, _ = server.accept()
    threading.Thread(target=serve, args=(conn,), daemon=True).start()
