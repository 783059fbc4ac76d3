"""Reverse client, with a class."""
import socket
import sys


class ReverseClient:
    def __init__(self, port):
        self.sock = socket.create_connection(("127.0.0.1", port))
        self.file = self.sock.makefile("rwb")

    def reverse(self, text):
        self.file.write(text.encode() + b"\n")
        self.file.flush()
        answer = self.file.readline()
        if not answer.endswith(b"\n"):
            raise ConnectionError("the server closed the connection")
        return answer.decode().rstrip("\r\n")


def main():
    client = ReverseClient(int(sys.argv[1]) if len(sys.argv) > 1 else 7201)
    while True:
        try:
            print("Client received:", client.reverse(input("Client enter message: ")))
        except EOFError:
            break
        except (OSError, UnicodeDecodeError) as e:
            sys.exit(str(e))


main()
