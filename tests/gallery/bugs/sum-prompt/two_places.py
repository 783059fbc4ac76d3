"""Sum of two numbers over TCP, for two clients where the convo has four."""

import socket
import sys
import threading

CLIENTS_LIMIT = 2
TIMEOUT = 10

places = threading.Semaphore(CLIENTS_LIMIT)


def add(first, second):
    try:
        return str(int(first) + int(second))
    except ValueError:
        return "Invalid inputs"


def serve(conn):
    try:
        conn.settimeout(TIMEOUT)
        conn.sendall(b"welcome")
        while first := conn.recv(16384):
            conn.sendall(b"num1 received")
            second = conn.recv(16384)
            if not second:
                break
            conn.sendall(add(first.decode(), second.decode()).encode())
    except (OSError, UnicodeDecodeError) as error:
        print("client dropped:", error)
    finally:
        # The place is free before the client can notice that it is.
        places.release()
        conn.close()


def main():
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 12345
    server = socket.create_server(("127.0.0.1", port))
    while True:
        conn, _ = server.accept()
        if places.acquire(blocking=False):
            threading.Thread(target=serve, args=(conn,), daemon=True).start()
        else:
            try:
                conn.sendall(b"Server Is Busy")
            except OSError:
                pass
            conn.close()


main()
