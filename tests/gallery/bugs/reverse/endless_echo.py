"""Reverse echo for one client, in a loop that only "end" ends: it reverses nothing for ever once its client has left."""

import socket
import sys

port = int(sys.argv[1]) if len(sys.argv) > 1 else 7200
with socket.create_server(("127.0.0.1", port)) as server:
    conn, _ = server.accept()
    text = ""
    while text.lower() != "end":
        text = conn.recv(16384).decode(errors="replace")
        conn.sendall(text[::-1].encode())
    conn.close()
