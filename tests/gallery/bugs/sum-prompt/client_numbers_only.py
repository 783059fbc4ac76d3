"""Client of the sum of two numbers, to which what is no number is an error."""

import socket
import sys

port = int(sys.argv[1]) if len(sys.argv) > 1 else 12345
with socket.create_connection(("127.0.0.1", port), timeout=10) as sock:
    print(sock.recv(16384).decode())
    while (first := input("First number: ")) != "Exit":
        sock.sendall(str(int(first)).encode())
        sock.recv(16384)
        if (second := input("Second number: ")) == "Exit":
            break
        sock.sendall(str(int(second)).encode())
        print(sock.recv(16384).decode())
