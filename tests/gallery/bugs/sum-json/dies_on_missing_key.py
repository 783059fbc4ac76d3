"""JSON sum server: select() and a buffer for each client."""
import json
import random
import select
import socket
import sys

server = socket.create_server(("127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 8000), backlog=50)
buffers = {}


def close(conn):
    del buffers[conn]
    conn.close()


def answer(conn, request):
    name = request["client_name"]
    number = request["client_number"]
    if number < 1 or number > 100:
        sys.exit()
    mine = random.randint(1, 100)
    print(f"Client Name: {name} | Server Name: Carol")
    print(f"Client Number: {number} | Server Number: {mine} | Sum: {number + mine}")
    conn.sendall(json.dumps({"server_name": "Carol", "server_number": mine, "sum": number + mine}).encode())
    close(conn)


def read(conn):
    data = conn.recv(4096)
    buffers[conn] += data
    if not data or len(buffers[conn]) > 65536:
        close(conn)
        return
    try:
        request = json.loads(buffers[conn])
    except (ValueError, RecursionError):
        return  # not complete
    answer(conn, request)


while True:
    for sock in select.select([server, *buffers], [], [])[0]:
        if sock is server:
            conn, _ = server.accept()
            buffers[conn] = b""
            continue
        try:
            read(sock)
        except OSError:
            close(sock)
