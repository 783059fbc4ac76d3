"""Message board over UDP: POST keeps a note, GET sends them all."""

import selectors
import socket
import sys

END = "<<--bye-->>"


class Board:
    def __init__(self, port):
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.bind(("127.0.0.1", port))
        self.sock.setblocking(False)
        self.notes = []

    def ready(self):
        while True:
            try:
                data, address = self.sock.recvfrom(65535)
            except BlockingIOError:
                return
            try:
                self.obey(data.decode(), address)
            except UnicodeDecodeError:
                print("not text, from", address)

    def obey(self, request, address):
        if request == "GET":
            for note in self.notes + [END]:
                self.say(note, address)
        elif request.startswith("POST "):
            note = request[5:]
            if note != END:
                self.notes.append(note)
        else:
            print(f"unknown request from {address}: {request!r}")

    def say(self, text, address):
        # For a moment the socket's own buffer may be full.
        self.sock.setblocking(True)
        self.sock.sendto(text.encode(), address)
        self.sock.setblocking(False)


def main():
    board = Board(int(sys.argv[1]) if len(sys.argv) > 1 else 1234)
    with selectors.DefaultSelector() as selector:
        selector.register(board.sock, selectors.EVENT_READ, board.ready)
        while True:
            for key, _ in selector.select():
                key.data()


main()
