"""Client of the reverse echo that makes a connection for each line."""

import socket
import sys

port = int(sys.argv[1]) if len(sys.argv) > 1 else 7201


def ask(text):
    with socket.create_connection(("127.0.0.1", port), timeout=20) as sock, sock.makefile("rb") as answers:
        sock.sendall(text.encode() + b"\n")
        sock.shutdown(socket.SHUT_WR)
        answer = answers.readline(1 << 20)
        if not answer.endswith(b"\n"):
            sys.exit("The server closed the connection.")
        answer = answer[:-1].removesuffix(b"\r").decode()
        if answer != text[::-1]:
            sys.exit(f"The server answered {answer!r}, which is wrong.")
        return answer


try:
    for line in sys.stdin:
        print("Client received:", ask(line.rstrip("\n")), flush=True)
except (OSError, UnicodeDecodeError) as error:
    sys.exit(f"The conversation broke off: {error}")
