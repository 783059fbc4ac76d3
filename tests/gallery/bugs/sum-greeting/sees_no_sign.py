"""Sum, greeting style: the number is looked for as a row of digits, so that a sign is passed over."""

import re
import socket
import sys

port = int(sys.argv[1]) if len(sys.argv) > 1 else 12345
server = socket.create_server(("127.0.0.1", port))
while True:
    conn, _ = server.accept()
    with conn:
        try:
            found = re.search(r"(\d+)$", conn.recv(16384).decode())
        except (OSError, UnicodeDecodeError):
            continue
        if not found:
            continue
        inside = 1 <= int(found[1]) <= 100
        try:
            conn.sendall(b"Server of gallery: 42" + (b"" if inside else b"\nServer closing..."))
        except OSError:
            pass
    if not inside:
        break
