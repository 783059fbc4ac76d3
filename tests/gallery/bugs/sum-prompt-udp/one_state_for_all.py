"""UDP sum server"""
import socket
import sys
import time

TIMEOUT = 10
LIMIT = 4
sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sock.bind(("127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 12345))
last_seen = {}
num1 = None

while True:
    data, addr = sock.recvfrom(65535)
    now = time.time()
    last_seen = {a: t for a, t in last_seen.items() if now - t < TIMEOUT}
    new = addr not in last_seen
    if new and len(last_seen) >= LIMIT:
        sock.sendto(b"Server Is Busy", addr)
        continue
    last_seen[addr] = now
    if new:
        sock.sendto(b"welcome", addr)
        if data == b"":
            continue
    text = data.decode(errors="replace")
    if num1 is None:
        num1 = text
        sock.sendto(b"num1 received", addr)
    else:
        try:
            answer = str(int(num1) + int(text))
        except ValueError:
            answer = "Invalid inputs"
        num1 = None
        sock.sendto(answer.encode(), addr)
