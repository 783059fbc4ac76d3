"""Client of the reverse echo that writes Latin-1."""

import socket
import sys

port = int(sys.argv[1]) if len(sys.argv) > 1 else 7201
with socket.create_connection(("127.0.0.1", port)) as sock:
    answers = sock.makefile("r", encoding="latin-1", newline="\n")
    while True:
        try:
            text = input("Client enter message: ")
        except EOFError:
            break
        sock.sendall(text.encode("latin-1", errors="replace") + b"\n")
        answer = answers.readline()
        if not answer.endswith("\n"):
            sys.exit("The server closed the connection.")
        print("Client received:", answer[:-1].removesuffix("\r"))
