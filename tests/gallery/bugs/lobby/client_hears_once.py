# Lobby client: says the name, hears the welcome, then sends what is typed
import socket
import sys

s = socket.create_connection(("127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 7300))
answers = s.makefile("r", errors="replace")
try:
    name = input("Your name: ")
    s.sendall((name + "\n").encode())
    print(answers.readline(), end="", flush=True)
    for line in sys.stdin:
        s.sendall(line.encode())
except (EOFError, OSError):
    pass
