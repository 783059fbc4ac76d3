"""Client of the sum, greeting style, that waits for half a second."""

import socket
import sys

port = int(sys.argv[1]) if len(sys.argv) > 1 else 12345
number = int(input("Please input an integer: "))
with socket.create_connection(("127.0.0.1", port)) as sock:
    sock.sendall(f"Client of Ida: {number}".encode())
    sock.settimeout(0.5)
    try:
        answer = sock.recv(4096).decode()
    except TimeoutError:
        answer = ""
print("Received from server:")
print(answer)
