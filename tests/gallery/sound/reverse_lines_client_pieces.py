"""Client of the reverse echo whose lines leave a character at a time, and whose answers are read so."""

import socket
import sys
import time


def say(sock, text):
    for character in text[:20]:
        sock.sendall(character.encode())
        time.sleep(0.001)
    sock.sendall(text[20:].encode())
    sock.sendall(b"\r\n")


def hear(sock):
    line = b""
    while not line.endswith(b"\n"):
        byte = sock.recv(1)
        if not byte:
            print("*** the server has closed the connection", file=sys.stderr)
            sys.exit(2)
        line += byte
    return line.decode().rstrip("\n").removesuffix("\r")


def main():
    with socket.create_connection(("127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 7201)) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        print("*** connected")
        for text in iter(lambda: input("Client enter message: "), "/quit"):
            say(sock, text)
            answer = hear(sock)
            if answer != text[::-1]:
                print("*** the server's answer is wrong:", answer, file=sys.stderr)
                sys.exit(3)
            print(f"Client received: {answer}", flush=True)


try:
    main()
except EOFError:
    print()
except (OSError, ValueError) as error:
    sys.exit(f"*** {error}")
