"""Sum of two numbers: a client that has left is counted down at the end of the stream and once more on the way out."""

import socket
import sys
import threading

CLIENTS_LIMIT = 4
TIMEOUT = 10

clients = 0
lock = threading.Lock()


def count(by):
    global clients
    with lock:
        clients += by


def add(first, second):
    try:
        return str(int(first) + int(second))
    except ValueError:
        return "Invalid inputs"


def serve(conn):
    try:
        conn.settimeout(TIMEOUT)
        conn.sendall(b"welcome")
        while True:
            first = conn.recv(16384)
            if not first:
                count(-1)
                return
            conn.sendall(b"num1 received")
            second = conn.recv(16384)
            conn.sendall(add(first.decode(), second.decode()).encode())
    except (OSError, UnicodeDecodeError) as error:
        print("client dropped:", error)
    finally:
        count(-1)
        conn.close()


port = int(sys.argv[1]) if len(sys.argv) > 1 else 12345
server = socket.create_server(("127.0.0.1", port))
while True:
    conn, _ = server.accept()
    if clients < CLIENTS_LIMIT:
        count(1)
        threading.Thread(target=serve, args=(conn,), daemon=True).start()
    else:
        conn.sendall(b"Server Is Busy")
        conn.close()
