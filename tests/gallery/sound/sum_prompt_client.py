"""Client of the sum of two numbers."""

import socket
import sys


def hear(sock):
    data = sock.recv(16384)
    if not data:
        sys.exit("The server closed the connection.")
    return data.decode()


def expect(sock, wanted):
    heard = hear(sock)
    if heard == "Server Is Busy":
        sys.exit(heard)
    if heard != wanted:
        sys.exit(f"Expected {wanted!r}, but the server said {heard!r}.")


def is_integer(text):
    try:
        int(text)
        return True
    except ValueError:
        return False


def main():
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 12345
    with socket.create_connection(("127.0.0.1", port), timeout=10) as sock:
        expect(sock, "welcome")
        print("welcome")
        while (first := input("First number: ")) != "Exit":
            sock.sendall(first.encode())
            expect(sock, "num1 received")
            second = input("Second number: ")
            if second == "Exit":
                break
            sock.sendall(second.encode())
            if is_integer(first) and is_integer(second):
                wanted = str(int(first) + int(second))
            else:
                wanted = "Invalid inputs"
            expect(sock, wanted)
            print(wanted)


try:
    main()
except EOFError:
    pass
except (OSError, UnicodeDecodeError) as error:
    sys.exit(f"Error: {error}")
