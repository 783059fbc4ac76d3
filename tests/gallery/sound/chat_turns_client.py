"""Chat by turns, the client: each message as its count of characters and its text."""

import socket
import sys
import time

GAP = 0.05


class Peer:
    def __init__(self, sock):
        self.sock = sock
        self.held = b""

    def more(self):
        data = self.sock.recv(4096)
        if not data:
            raise EOFError
        self.held += data

    def greet(self):
        while len(self.held) < 3:
            self.more()
        syn, self.held = self.held[:3], self.held[3:]
        if syn != b"SYN":
            sys.exit(f"The server began with {syn!r}.")
        self.sock.sendall(syn)

    def say(self, text):
        # Apart, because the other side may read the count with one recv.
        self.sock.sendall(str(len(text)).encode())
        time.sleep(GAP)
        self.sock.sendall(text.encode())

    def hear(self):
        while not self.held:
            self.more()
        digits = len(self.held) - len(self.held.lstrip(b"0123456789"))
        if digits == 0:
            sys.exit(f"No count: {self.held!r}")
        if digits == len(self.held):
            self.more()  # the text, which may begin with digits itself
        count = int(self.held[:digits])
        self.held = self.held[digits:]
        return self.text(count)

    def text(self, count):
        while True:
            text = self.held.decode(errors="ignore")
            if len(text) >= count:
                text = text[:count]
                self.held = self.held[len(text.encode()):]
                return text
            self.more()


def main():
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 52928
    with socket.create_connection(("127.0.0.1", port)) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        peer = Peer(sock)
        peer.greet()
        while (text := input("Enter message to send... ")) != "/q":
            peer.say(text)
            print(peer.hear())


try:
    main()
except EOFError:
    pass
except OSError as error:
    sys.exit(f"Error: {error}")
