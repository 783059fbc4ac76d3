"""Sum of two numbers over UDP: a client that has come is there for ever."""

import socket
import sys

LIMIT = 4
sessions = {}
sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sock.bind(("127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 12345))
while True:
    data, address = sock.recvfrom(65535)
    if address not in sessions:
        if len(sessions) >= LIMIT:
            sock.sendto(b"Server Is Busy", address)
            continue
        sessions[address] = None
        sock.sendto(b"welcome", address)
        if not data:
            continue
    first = sessions[address]
    if first is None:
        sessions[address] = data
        sock.sendto(b"num1 received", address)
        continue
    sessions[address] = None
    try:
        answer = str(int(first) + int(data))
    except ValueError:
        answer = "Invalid inputs"
    sock.sendto(answer.encode(), address)
