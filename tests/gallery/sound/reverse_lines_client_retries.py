"""Client of the reverse echo that connects anew, and says its line again, when its connection is lost."""

import socket
import sys
import time

TRIES = 3
port = int(sys.argv[1]) if len(sys.argv) > 1 else 7201


class Connection:
    def __init__(self):
        self.sock = socket.create_connection(("127.0.0.1", port), timeout=20)
        self.answers = self.sock.makefile("rb")

    def ask(self, text):
        self.sock.sendall(text.encode() + b"\n")
        answer = self.answers.readline(1 << 20)
        if not answer.endswith(b"\n"):
            raise ConnectionError("the server closed the connection")
        answer = answer[:-1].removesuffix(b"\r").decode()
        if answer != text[::-1]:
            raise ValueError(f"The server answered {answer!r}, which is wrong.")
        return answer


def ask(connection, text):
    for number in range(TRIES):
        try:
            return connection, connection.ask(text)
        except ConnectionError as error:
            if number + 1 == TRIES:
                raise
            print(f"{error}; trying again", flush=True)
            time.sleep(0.2)
            connection = Connection()


try:
    connection = Connection()
    for line in sys.stdin:
        connection, answer = ask(connection, line.rstrip("\n"))
        print("Client received:", answer, flush=True)
except (OSError, ValueError) as error:
    sys.exit(f"The conversation broke off: {error}")
