"""Sum of two numbers: each client has 10 s in all."""

import socket
import sys
import threading
import time

places = threading.BoundedSemaphore(4)


def serve(conn):
    end = time.monotonic() + 10

    def hear():
        conn.settimeout(max(end - time.monotonic(), 0.001))
        return conn.recv(16384)

    try:
        with conn:
            conn.sendall(b"welcome")
            while first := hear():
                conn.sendall(b"num1 received")
                second = hear()
                if not second:
                    return
                try:
                    conn.sendall(str(int(first) + int(second)).encode())
                except ValueError:
                    conn.sendall(b"Invalid inputs")
    except OSError as error:
        print("client dropped:", error)
    finally:
        places.release()


port = int(sys.argv[1]) if len(sys.argv) > 1 else 12345
server = socket.create_server(("127.0.0.1", port))
while True:
    conn, _ = server.accept()
    conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if places.acquire(blocking=False):
        threading.Thread(target=serve, args=(conn,), daemon=True).start()
    else:
        with conn:
            conn.sendall(b"Server Is Busy")
