"""Reverse server with select()."""
import select
import socket
import sys

port = int(sys.argv[1]) if len(sys.argv) > 1 else 7201
server = socket.create_server(("127.0.0.1", port), backlog=100)
clients = {}


def close(sock):
    del clients[sock]
    sock.close()


def handle(sock):
    data = sock.recv(4096)
    if not data:
        close(sock)
        return
    clients[sock] += data
    while b"\n" in clients[sock]:
        line, clients[sock] = clients[sock].split(b"\n", 1)
        text = line.decode("utf-8").rstrip("\r")
        sock.sendall(text[::-1].encode("utf-8") + b"\n")
    if len(clients[sock]) > 65536:
        close(sock)


while True:
    ready, _, _ = select.select([server, *clients], [], [])
    for sock in ready:
        if sock is server:
            connection, address = server.accept()
            clients[connection] = b""
        else:
            try:
                handle(sock)
            except OSError:
                close(sock)
