"""Client of the sum of two numbers that asks for both before it says the first."""

import socket
import sys


def main():
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 12345
    with socket.create_connection(("127.0.0.1", port), timeout=10) as sock:
        greeting = sock.recv(1024).decode()
        print(greeting)
        if greeting != "welcome":
            return
        while (first := input()) != "Exit" and (second := input()) != "Exit":
            sock.sendall(first.encode())
            if not sock.recv(16384):
                return
            sock.sendall(second.encode())
            answer = sock.recv(16384).decode()
            if not answer:
                return
            print(answer)


try:
    main()
except EOFError:
    pass
except (OSError, UnicodeDecodeError) as error:
    sys.exit(f"Error: {error}")
