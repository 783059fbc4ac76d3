"""Sum of two numbers over UDP: every address is a client, kept for ten seconds after its last word."""

import socket
import sys
import time

CLIENTS_LIMIT = 4
TIMEOUT = 10


class Client:
    def __init__(self):
        self.first = None
        self.heard = time.monotonic()


def add(first, second):
    try:
        return str(int(first) + int(second))
    except ValueError:
        return "Invalid inputs"


def answer(client, text):
    if client.first is None:
        client.first = text
        return "num1 received"
    first, client.first = client.first, None
    return add(first, text)


def main():
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 12345
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", port))
    clients = {}
    while True:
        data, address = server.recvfrom(65535)
        now = time.monotonic()
        clients = {a: c for a, c in clients.items() if now - c.heard < TIMEOUT}
        if address not in clients:
            if len(clients) >= CLIENTS_LIMIT:
                server.sendto(b"Server Is Busy", address)
                continue
            clients[address] = Client()
            server.sendto(b"welcome", address)
            if not data:
                continue
        client = clients[address]
        client.heard = now
        try:
            server.sendto(answer(client, data.decode()).encode(), address)
        except UnicodeDecodeError:
            del clients[address]


main()
