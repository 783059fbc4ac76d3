import selectors
import socket
import sys

sel = selectors.DefaultSelector()
buffers = {}


def accept(sock):
    conn, addr = sock.accept()
    print("accepted", addr)
    buffers[conn] = b""
    sel.register(conn, selectors.EVENT_READ, read)


def read(conn):
    try:
        data = conn.recv(1000)
        if data:
            buffers[conn] += data
            *lines, buffers[conn] = buffers[conn].split(b"\n")
            for line in lines:
                text = line.removesuffix(b"\r").decode()
                conn.sendall(text[::-1].encode() + b"\n")
    except (OSError, UnicodeDecodeError):
        print("closing", conn)
        sel.unregister(conn)
        del buffers[conn]
        conn.close()


sock = socket.create_server(("127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 7201), backlog=100)
sel.register(sock, selectors.EVENT_READ, accept)
while True:
    for key, mask in sel.select():
        key.data(key.fileobj)
