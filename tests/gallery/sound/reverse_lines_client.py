"""Client of the reverse echo: shows the answer to each line typed."""

import socket
import sys


def main():
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 7201
    with socket.create_connection(("127.0.0.1", port)) as sock:
        answers = sock.makefile("r", encoding="utf-8", newline="\n")
        while True:
            try:
                text = input("Client enter message: ")
            except EOFError:
                break
            sock.sendall(text.encode() + b"\n")
            answer = answers.readline()
            if not answer.endswith("\n"):
                sys.exit("The server closed the connection.")
            answer = answer[:-1].removesuffix("\r")
            if answer != text[::-1]:
                sys.exit(f"The server answered {answer!r}, which is wrong.")
            print("Client received:", answer)


try:
    main()
except (OSError, UnicodeDecodeError) as error:
    sys.exit(f"The conversation broke off: {error}")
