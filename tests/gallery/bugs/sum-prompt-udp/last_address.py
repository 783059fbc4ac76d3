# Project 1 over UDP
import socket
import sys
import threading
import time

PORT = int(sys.argv[1]) if len(sys.argv) > 1 else 12345
LIMIT = 4
TIMEOUT = 10

sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sock.bind(("127.0.0.1", PORT))
clients = {}
heard = {}
addr = None


def send(text):
    sock.sendto(text.encode(), addr)


class Client:
    def __init__(self):
        self.num1 = None

    def handle(self, text):
        if self.num1 is None:
            self.num1 = text
            send("num1 received")
            return
        num1, self.num1 = self.num1, None
        # The adding is done by a thread of its own, so that a long one holds up nobody.
        threading.Timer(0.02, self.calculate, args=(num1, text)).start()

    def calculate(self, num1, num2):
        try:
            send(str(int(num1) + int(num2)))
        except ValueError:
            send("Invalid inputs")


while True:
    data, addr = sock.recvfrom(65535)
    now = time.time()
    for old in [a for a in clients if now - heard[a] > TIMEOUT]:
        del clients[old]
    heard[addr] = now
    if addr not in clients:
        if len(clients) == LIMIT:
            send("Server Is Busy")
            continue
        clients[addr] = Client()
        send("welcome")
    if data:
        clients[addr].handle(data.decode(errors="replace"))
