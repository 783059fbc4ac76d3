"""Reverse server with select()."""
import select
import socket
import sys

port = int(sys.argv[1]) if len(sys.argv) > 1 else 7201
server = socket.create_server(("127.0.0.1", port), backlog=100)
sockets = [server]
buffers = {}

while True:
    readable, _, _ = select.select(sockets, [], [])
    for sock in readable:
        if sock is server:
            conn, addr = server.accept()
            sockets.append(conn)
            buffers[conn] = b""
            continue
        data = sock.recv(4096)
        buffers[sock] += data
        lines = buffers[sock].split(b"\n")
        buffers[sock] = lines.pop()
        broken = not data or len(buffers[sock]) > 65536
        try:
            for line in lines:
                text = line.removesuffix(b"\r").decode()
                sock.sendall(text[::-1].encode() + b"\n")
        except UnicodeDecodeError:
            broken = True
        if broken:
            sockets.remove(sock)
            del buffers[sock]
            sock.close()
