import re
import socket
import sys
import threading

connections = []


def handle(conn, server):
    try:
        greeting = conn.recv(16384).decode()
        m = re.match(r"Client of (?P<name>.+?): *(?P<number>[-+]?\d+)\s*$", greeting, re.S)
        if m is None:
            conn.close()
            return
        number = int(m["number"])
        if number < 1 or number > 100:
            conn.sendall(b"Server of Eve: 42\nServer closing...")
            conn.close()
            server.shutdown(socket.SHUT_RDWR)
        else:
            conn.sendall(b"Server of Eve: 42")
    except (OSError, ValueError):
        conn.close()


server = socket.create_server(("127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 12345), backlog=50)
while True:
    try:
        conn, addr = server.accept()
    except OSError:
        break
    connections.append(conn)
    threading.Thread(target=handle, args=(conn, server)).start()
