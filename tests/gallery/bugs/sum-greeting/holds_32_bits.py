"""Sum, greeting style: the number is held in 32 bits, as a C int would be."""

import ctypes
import socket
import sys
import threading


def serve(conn):
    with conn:
        try:
            greeting, _, number = conn.recv(65536).decode().rpartition(":")
            number = ctypes.c_int32(int(number)).value
            if not greeting.startswith("Client of "):
                return
            if 1 <= number <= 100:
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
