import socket
import sys

NAME = "Client of Heidi"


def main():
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 12345
    number = int(input("Please input an integer: "))
    message = f"{NAME}: {number}"
    with socket.create_connection(("127.0.0.1", port), timeout=10) as s:
        s.sendall(message.encode())
        reply = s.recv(1024).decode()
        if not reply.startswith("Server of "):
            sys.exit("That was no server.")
    print("Received from server:")
    print(message)


try:
    main()
except (OSError, ValueError, EOFError) as e:
    sys.exit(str(e))
