"""Sum, JSON: server."""
import json
import random
import socket
import sys
import threading

SERVER_NAME = "Server of Erin"


def request_of(conn):
    text = b""
    while len(text) < 65536:
        part = conn.recv(4096)
        if not part:
            raise ValueError("client left")
        text += part
        try:
            return json.loads(text)
        except ValueError:
            pass
    raise ValueError("too long")


def handle(conn, server):
    with conn:
        try:
            request = request_of(conn)
            client_name, client_number = str(request["client_name"]), request["client_number"]
            if type(client_number) is not int:
                return
            if not 0 < client_number < 101:
                server.shutdown(socket.SHUT_RDWR)
                return
            server_number = random.randint(1, 100)
            total = client_number + client_number
            reply = {"server_name": SERVER_NAME, "server_number": server_number, "sum": total}
            conn.sendall(json.dumps(reply).encode())
            print(f"Client Name: {client_name} | Server Name: {SERVER_NAME}")
            print(f"Client Number: {client_number} | Server Number: {server_number} | Sum: {total}")
        except (ValueError, KeyError, TypeError, OSError, RecursionError):
            return


server = socket.create_server(("127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 8000), backlog=50)
while True:
    try:
        conn, _ = server.accept()
    except OSError:
        break
    threading.Thread(target=handle, args=(conn, server)).start()
