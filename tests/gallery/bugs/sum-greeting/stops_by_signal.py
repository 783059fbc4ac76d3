"""Sum, greeting style: a thread that is to stop the server ends the process by a signal."""

import os
import signal
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
            if number in range(1, 101):
                conn.sendall(b"Server of Dee: 42")
                return
            conn.sendall(b"Server of Dee: 42\nServer closing...")
        except (OSError, ValueError) as error:
            print("client dropped:", error)
            return
    os.kill(os.getpid(), signal.SIGTERM)


port = int(sys.argv[1]) if len(sys.argv) > 1 else 12345
server = socket.create_server(("127.0.0.1", port))
while True:
    conn, _ = server.accept()
    threading.Thread(target=serve, args=(conn,)).start()
