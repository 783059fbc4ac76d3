"""Sum, JSON: one object from each side, then the connection is closed."""

import json
import random
import socket
import sys
import threading

LIMIT = 64 * 1024


def whole_object(conn):
    """Reads until what came is one JSON value; None where the client leaves before that."""
    text = b""
    while len(text) <= LIMIT:
        data = conn.recv(4096)
        if not data:
            return None
        text += data
        try:
            return json.loads(text)
        except json.JSONDecodeError:
            continue  # not all of it is here yet
        except UnicodeDecodeError as error:
            if error.end < len(text):
                raise
    return None


def is_number(value):
    return isinstance(value, int) and not isinstance(value, bool)


def serve(conn, server):
    with conn:
        try:
            asked = whole_object(conn)
        except (OSError, ValueError, RecursionError):
            return
        if not isinstance(asked, dict):
            return
        name, number = asked.get("client_name"), asked.get("client_number")
        if not isinstance(name, str) or not is_number(number):
            return
        if not 1 <= number <= 100:
            server.shutdown(socket.SHUT_RDWR)
            return
        mine = random.randint(1, 100)
        answer = {"server_name": "Ada", "server_number": mine, "sum": number + mine}
        try:
            conn.sendall(json.dumps(answer).encode())
        except OSError:
            return
        print(f"[INFO] Client Name: {name} | Server Name: Ada")
        print(f"[INFO] Client Number: {number} | Server Number: {mine} | Sum: {number + mine}")


def main():
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 8000
    server = socket.create_server(("127.0.0.1", port))
    while True:
        try:
            conn, _ = server.accept()
        except OSError:
            break
        threading.Thread(target=serve, args=(conn, server)).start()


main()
