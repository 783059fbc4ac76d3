"""Message board over UDP whose notes come with their sender's address and port."""

import socket
import sys

END = b"<<--bye-->>"

notes = []


def answer(sock, message, sender):
    if message == b"GET":
        for note in [*notes, END]:
            sock.sendto(note, sender)
    elif message.startswith(b"POST "):
        host, port = sender
        notes.append(b"%s:%d %s" % (host.encode(), port, message[5:]))


def main():
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind(("127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 1234))
    while True:
        message, sender = sock.recvfrom(65536)
        try:
            message.decode()
            answer(sock, message, sender)
        except (OSError, UnicodeDecodeError) as error:
            print(error)


if __name__ == "__main__":
    main()
