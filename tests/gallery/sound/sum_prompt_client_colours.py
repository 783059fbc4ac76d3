"""Client of the sum of two numbers, in colours and with words of its own around what the server says."""

import socket
import sys

BLUE, PLAIN = "\x1b[34m", "\x1b[0m"


def hear(sock):
    data = sock.recv(16384)
    if not data:
        sys.exit("The server closed the connection.")
    print(f"server>{BLUE}{data.decode()}{PLAIN}!")
    return data.decode()


def main():
    with socket.create_connection(("127.0.0.1", int(sys.argv[1])), timeout=10) as sock:
        if hear(sock) != "welcome":
            sys.exit("This is no server of sums.")
        while (first := input("First number: ")) != "Exit":
            sock.sendall(first.encode())
            if hear(sock) != "num1 received":
                sys.exit("This is no server of sums.")
            second = input("Second number: ")
            if second == "Exit":
                break
            sock.sendall(second.encode())
            said = hear(sock)
            try:
                right = str(int(first) + int(second))
            except ValueError:
                right = "Invalid inputs"
            if said != right:
                sys.exit(f"This is wrong: {right} was expected.")


try:
    main()
except EOFError:
    pass
except (OSError, UnicodeDecodeError) as error:
    sys.exit(f"Error: {error}")
