# Chat client: a thread for what comes
import socket
import sys
import threading

s = socket.socket()
s.connect(("127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 7310))


def receive():
    try:
        for line in s.makefile("r", errors="replace"):
            print("Friend:", line.strip(), flush=True)
    except OSError:
        pass


threading.Thread(target=receive, daemon=True).start()
try:
    for line in sys.stdin:
        s.sendall((line.strip()[:10] + "\n").encode())
except OSError:
    print("connection lost")
