import socket
import sys


class Board:
    def __init__(self):
        self.notes = []

    def get(self, sock, addr, text):
        for note in self.notes:
            sock.sendto(note.encode(), addr)
        sock.sendto(b"<<--bye-->>", addr)

    def post(self, sock, addr, text):
        if text != "<<--bye-->>":
            self.notes.append(text)


board = Board()
commands = {"GET": board.get, "POST": board.post}
sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sock.bind(("127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 1234))
while True:
    data, addr = sock.recvfrom(65535)
    verb, _, text = data.decode(errors="replace").partition(" ")
    commands[verb](sock, addr, text)
