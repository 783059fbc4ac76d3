"""Reverse echo server: one thread, one selector, a buffer each way for every client."""

import selectors
import socket
import sys

LIMIT = 64 * 1024


class Client:
    def __init__(self, sock):
        self.sock = sock
        self.incoming = b""
        self.outgoing = b""
        self.finished = False  # the client has closed its sending side

    def read(self):
        data = self.sock.recv(4096)
        self.finished = not data
        self.incoming += data
        while b"\n" in self.incoming:
            line, self.incoming = self.incoming.split(b"\n", 1)
            text = line.removesuffix(b"\r").decode()
            self.outgoing += text[::-1].encode() + b"\n"
        if len(self.incoming) > LIMIT + 1:
            raise ValueError("line too long")

    def write(self):
        sent = self.sock.send(self.outgoing)
        self.outgoing = self.outgoing[sent:]

    def wants(self):
        # A client that does not read its answers is not read from either.
        reading = not self.finished and len(self.outgoing) < LIMIT
        return (selectors.EVENT_READ if reading else 0) | (selectors.EVENT_WRITE if self.outgoing else 0)


def accept(server, selector):
    sock, _ = server.accept()
    sock.setblocking(False)
    selector.register(sock, selectors.EVENT_READ, Client(sock))


def serve(client, events, selector):
    try:
        if events & selectors.EVENT_READ:
            client.read()
        if events & selectors.EVENT_WRITE:
            client.write()
        wanted = client.wants()
    except (OSError, ValueError):
        wanted = 0
    if wanted:
        selector.modify(client.sock, wanted, client)
    else:
        selector.unregister(client.sock)
        client.sock.close()


def main():
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 7201
    selector = selectors.DefaultSelector()
    server = socket.create_server(("127.0.0.1", port), backlog=128)
    server.setblocking(False)
    selector.register(server, selectors.EVENT_READ)
    while True:
        for key, events in selector.select():
            if key.fileobj is server:
                accept(server, selector)
            else:
                serve(key.data, events, selector)


main()
