"""Client of the reverse echo to which the end of the connection is an empty answer."""

import socket
import sys

port = int(sys.argv[1]) if len(sys.argv) > 1 else 7200
with socket.create_connection(("127.0.0.1", port)) as sock:
    while True:
        try:
            text = input("Client enter message: ")
            sock.sendall(text.encode())
            answer = sock.recv(16384).decode()
        except (EOFError, OSError):
            break
        print(f"Client received: {answer}", flush=True)
        if text.lower() == "end" and answer.lower() == "dne":
            print(f'Client termination called by message "{text}" and response "{answer}"')
            break
