# Client of the reverse echo, a connection for each line
import socket
import sys

PORT = int(sys.argv[1]) if len(sys.argv) > 1 else 7201
answers = {}


def ask(text):
    with socket.create_connection(("127.0.0.1", PORT)) as s:
        s.sendall(text.encode() + b"\n")
        answer = s.makefile("rb").readline().decode().rstrip("\n")
        return answers.setdefault("answer", answer)


try:
    for line in sys.stdin:
        print("Client received:", ask(line.rstrip("\n")), flush=True)
except (OSError, UnicodeDecodeError):
    sys.exit("no answer")
