"""Client of the lobby: one loop waits for the keyboard and the server."""

import os
import selectors
import socket
import sys


def lines_of(buffer, data):
    """The whole lines, and what is left of the next."""
    *lines, rest = (buffer + data).split(b"\n")
    return lines, rest


def main():
    sock = socket.create_connection(("127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 7300))
    watch = selectors.DefaultSelector()
    watch.register(sock, selectors.EVENT_READ)
    watch.register(0, selectors.EVENT_READ)
    print("Your name: ", end="", flush=True)
    heard = typed = b""
    while True:
        for key, _ in watch.select():
            if key.fileobj is sock:
                data = sock.recv(4096)
                if not data:
                    return
                lines, heard = lines_of(heard, data)
                for line in lines:
                    print(line.removesuffix(b"\r").decode(errors="replace"), flush=True)
            else:
                data = os.read(0, 4096)
                if not data:
                    return
                lines, typed = lines_of(typed, data)
                sock.sendall(b"".join(line + b"\n" for line in lines))


try:
    main()
except OSError as error:
    sys.exit(f"The conversation broke off: {error}")
