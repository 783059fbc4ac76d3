"""Message board read page by page; one note more than twenty is on each page."""

import re
import socket
import sys
import threading

PAGE = 20
LINE_BYTES_MAX = 64 * 1024

notes = []
lock = threading.Lock()


def post(text):
    text.decode()
    with lock:
        notes.append(text)
        return b"OK %d\n" % len(notes)


def page(first):
    first = max(first, 1)
    with lock:
        some = notes[first - 1 : first + PAGE]
    return b"".join(b"%d %s\n" % numbered for numbered in enumerate(some, first)) + b".\n"


def answer(line):
    if line.startswith(b"POST "):
        return post(line[5:])
    if asked := re.fullmatch(rb"GET\s+([+-]?[0-9]+)\s*", line):
        return page(int(asked[1]))
    return None


def serve_client(conn):
    try:
        with conn, conn.makefile("rb") as lines:
            while True:
                line = lines.readline(LINE_BYTES_MAX + 8)
                if not line.endswith(b"\n"):
                    break  # the client has left, or the line is too long
                said = answer(line[:-1].removesuffix(b"\r"))
                if said is None:
                    break
                conn.sendall(said)
    except (OSError, UnicodeDecodeError) as error:
        print(error)


def main():
    server = socket.create_server(("127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 7401))
    while True:
        conn, _ = server.accept()
        threading.Thread(target=serve_client, args=(conn,), daemon=True).start()


main()
