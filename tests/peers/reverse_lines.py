"""Reverse echo, a line a message: the sound form of seed 002.

    client HOST PORT TEXT...        server HOST PORT
"""

import peer


def client(host, port, *texts):
    with peer.connect(host, port) as s:
        for text in texts:
            s.sendall(text.encode() + b"\n")
            print("Client received:", s.recv(1024).decode().removesuffix("\n"))


def server(host, port):
    with peer.listen(host, port) as listener:
        s, _ = listener.accept()
        with s:
            while line := s.recv(1024).decode():
                print("Server received:", line.removesuffix("\n"), flush=True)
                s.sendall(line.removesuffix("\n")[::-1].encode() + b"\n")
            print("the other side closed")


peer.main(client, server)
