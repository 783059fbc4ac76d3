"""Sum, greeting style: looks whether the number is too large, and not whether it is too small."""

import socket
import sys
import threading


def serve(conn):
    with conn:
        try:
            greeting, _, number = conn.recv(65536).decode().rpartition(":")
            number = int(number)
            if not greeting.startswith("Client of "):
                return
            if number <= 100:
                conn.sendall(b"Server of Dee: 42")
            else:
                conn.sendall(b"Server of Dee: 42\nServer closing...")
                server.shutdown(socket.SHUT_RDWR)
        except (OSError, ValueError) as error:
            print("client dropped:", error)


port = int(sys.argv[1]) if len(sys.argv) > 1 else 12345
server = socket.create_server(("127.0.0.1", port))
while True:
    try:
        conn, _ = server.accept()
    except OSError:
        break
    threading.Thread(target=serve, args=(conn,)).start()
