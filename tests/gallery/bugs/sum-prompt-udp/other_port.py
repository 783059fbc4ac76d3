"""Sum of two numbers over UDP: a thread and a socket of its own for each client."""

import queue
import socket
import sys
import threading

LIMIT = 4
sessions = {}
lock = threading.Lock()


def serve(address, heard):
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        sock.sendto(b"welcome", address)
        while True:
            first = heard.get(timeout=10)
            sock.sendto(b"num1 received", address)
            second = heard.get(timeout=10)
            try:
                answer = str(int(first) + int(second))
            except ValueError:
                answer = "Invalid inputs"
            sock.sendto(answer.encode(), address)
    except queue.Empty:
        pass
    with lock:
        sessions.pop(address, None)
    sock.close()


main = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
main.bind(("127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 12345))
while True:
    data, address = main.recvfrom(65535)
    with lock:
        heard = sessions.get(address)
        if heard is None:
            if len(sessions) >= LIMIT:
                main.sendto(b"Server Is Busy", address)
                continue
            heard = sessions[address] = queue.Queue()
            threading.Thread(target=serve, args=(address, heard), daemon=True).start()
            if not data:
                continue
    heard.put(data)
