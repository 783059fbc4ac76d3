import socket
import sys
import threading


def serve(conn):
    lines = conn.makefile("r", encoding="utf-8", newline="\n")
    try:
        while True:
            line = lines.readline(65538).rstrip("\r\n")
            if not line:
                break
            conn.sendall((line[::-1] + "\n").encode())
    except (OSError, UnicodeDecodeError):
        pass
    lines.close()
    conn.close()


s = socket.create_server(("127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 7201), backlog=100)
while True:
    c, a = s.accept()
    threading.Thread(target=serve, args=(c,), daemon=True).start()
