# Chat client: a thread for what comes
import socket
import sys
import threading

s = socket.socket()
s.connect(("127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 7310))


def receive():
    while True:
        try:
            data = s.recv(1024)
        except OSError:
            break
        if not data:
            break
        print("Friend:", data.decode(errors="replace").strip(), flush=True)


threading.Thread(target=receive, daemon=True).start()
try:
    for line in sys.stdin:
        s.sendall(line.encode())
except OSError:
    print("connection lost")
