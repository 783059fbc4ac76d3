"""Calculator over UDP: a question a datagram."""

import re
import socket
import sys

INT = rb"([ \t\n\v\f\r]*[+-]?[0-9]{1,4300}[ \t\n\v\f\r]*)"
QUESTION = re.compile(b"(ADD|DIV) " + INT + b" " + INT)


def answer(message):
    asked = QUESTION.fullmatch(message)
    if not asked:
        return "ERR syntax"
    a, b = int(asked[2]), int(asked[3])
    if asked[1] == b"ADD":
        return f"= {a + b}"
    if b == 0:
        return "ERR zero"
    return f"= {a // b}"


def main():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", int(sys.argv[1])))
        while True:
            message, sender = sock.recvfrom(65535)
            sock.sendto(answer(message).encode(), sender)


main()
