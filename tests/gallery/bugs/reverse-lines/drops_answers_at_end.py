"""Reverse server: never blocks; answers are written when the socket is ready for them."""
import select
import socket
import sys


class Client:
    def __init__(self):
        self.inbox = b""
        self.answers = []

    def feed(self, data):
        self.inbox += data
        *lines, self.inbox = self.inbox.split(b"\n")
        for line in lines:
            text = line.removesuffix(b"\r").decode()
            self.answers.append(text[::-1].encode() + b"\n")
        if len(self.inbox) > 65536:
            raise ValueError("line too long")


port = int(sys.argv[1]) if len(sys.argv) > 1 else 7201
listener = socket.create_server(("127.0.0.1", port), backlog=100)
clients = {}


def drop(sock):
    del clients[sock]
    sock.close()


while True:
    waiting = [sock for sock in clients if clients[sock].answers]
    readable, writable, _ = select.select([listener, *clients], waiting, [])
    for sock in readable:
        if sock is listener:
            conn, _ = listener.accept()
            clients[conn] = Client()
            continue
        try:
            data = sock.recv(4096)
            if not data:
                drop(sock)
                continue
            clients[sock].feed(data)
        except (OSError, ValueError):
            drop(sock)
    for sock in writable:
        if sock in clients:
            try:
                sock.sendall(clients[sock].answers.pop(0))
            except OSError:
                drop(sock)
