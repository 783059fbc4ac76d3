"""Message board over TCP that says nothing of a board with no notes."""

import socket
import sys
import threading

NOTE_BYTES_MAX = 200
LINE_BYTES_MAX = 64 * 1024

notes = []
lock = threading.Lock()


def post(text):
    text.decode()
    if len(text) > NOTE_BYTES_MAX:
        return b"ERR may not be kept\n"
    with lock:
        notes.append(text)
        return b"OK %d\n" % len(notes)


def get():
    with lock:
        if not notes:
            return b""
        return b"".join(b"%d %s\n" % numbered for numbered in enumerate(notes, 1)) + b".\n"


def serve_client(conn):
    try:
        with conn, conn.makefile("rb") as lines:
            while True:
                line = lines.readline(LINE_BYTES_MAX + 8)
                if not line.endswith(b"\n"):
                    break  # the client has left, or the line is too long
                line = line[:-1].removesuffix(b"\r")
                if line == b"GET":
                    conn.sendall(get())
                elif line.startswith(b"POST "):
                    conn.sendall(post(line[5:]))
                else:
                    break
    except (OSError, UnicodeDecodeError) as error:
        print(error)


def main():
    server = socket.create_server(("127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 7400))
    while True:
        conn, _ = server.accept()
        threading.Thread(target=serve_client, args=(conn,), daemon=True).start()


if __name__ == "__main__":
    main()
