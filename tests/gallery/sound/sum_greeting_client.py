"""Client of the sum, greeting style."""

import re
import socket
import sys

NAME = "Client of Grace"


def main():
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 12345
    number = int(input("Please input an integer: "))
    with socket.create_connection(("127.0.0.1", port), timeout=10) as sock:
        sock.sendall(f"{NAME}: {number}".encode())
        reply = b""
        while data := sock.recv(4096):
            reply += data
    wanted = r"Server of .*: *[+-]?[0-9]+ *"
    if not 1 <= number <= 100:
        wanted += r"\nServer closing\.\.\."
    if not re.fullmatch(wanted, reply.decode(), re.DOTALL):
        sys.exit(f"This is no reply of a server: {reply.decode()!r}")
    print("Received from server:")
    print(reply.decode())


try:
    main()
except (OSError, ValueError, EOFError) as error:
    sys.exit(f"Error: {error}")
