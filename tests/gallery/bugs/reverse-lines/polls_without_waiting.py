"""Reverse lines that never wait: each socket is asked again and again whether something came."""

import socket
import sys

server = socket.create_server(("127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 7201), backlog=64)
server.setblocking(False)
clients = {}


def talk(conn):
    data = conn.recv(65536)
    if not data:
        raise ConnectionError("left")
    *lines, clients[conn] = (clients[conn] + data).split(b"\n")
    if len(clients[conn]) > 65536 + 2:
        raise ConnectionError("line too long")
    conn.setblocking(True)
    for line in lines:
        conn.sendall(line.removesuffix(b"\r").decode()[::-1].encode() + b"\n")
    conn.setblocking(False)


while True:
    try:
        conn, _ = server.accept()
        conn.setblocking(False)
        clients[conn] = b""
    except BlockingIOError:
        pass
    for conn in list(clients):
        try:
            talk(conn)
        except BlockingIOError:
            pass
        except (OSError, ValueError):
            del clients[conn]
            conn.close()
