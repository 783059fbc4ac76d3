"""Client of the chat: a thread shows what comes while the main one reads the keyboard."""

import socket
import sys
import threading

LINE_BYTES_MAX = 1 << 20


def show(lines, over):
    try:
        while True:
            line = lines.readline(LINE_BYTES_MAX)
            if not line.endswith(b"\n"):
                break
            print(line[:-1].removesuffix(b"\r").decode(), flush=True)
        print("(the other side has left)", flush=True)
    except (OSError, UnicodeDecodeError) as error:
        print(f"The conversation broke off: {error}", flush=True)
    over.set()


def main():
    with socket.create_connection(("127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 7310)) as sock:
        over = threading.Event()
        threading.Thread(target=show, args=(sock.makefile("rb"), over), daemon=True).start()
        for line in sys.stdin:
            if over.is_set():
                break
            sock.sendall(line.rstrip("\n").encode() + b"\n")
        sock.shutdown(socket.SHUT_WR)
        over.wait(2)


try:
    main()
except OSError as error:
    sys.exit(f"The conversation broke off: {error}")
