"""Sum of two numbers asked for one by one (seed 004, project 1), over TCP or UDP.

    client HOST PORT tcp|udp NUMBER...        server HOST PORT tcp|udp

Over UDP the client opens with an empty datagram, because the server speaks first.
"""

import peer


def client(host, port, transport, *numbers):
    with peer.connect(host, port, peer.UDP if transport == "udp" else peer.TCP) as s:
        if transport == "udp":
            s.send(b"")
        print(s.recv(1024).decode())
        for number in numbers:
            s.send(number.encode())
            print(s.recv(1024).decode())


def total(a, b):
    try:
        return str(int(a) + int(b))
    except ValueError:
        return "Invalid inputs"


def server_tcp(listener):
    s, _ = listener.accept()
    with s:
        s.sendall(b"welcome")
        while a := s.recv(1024).decode():
            s.sendall(b"num1 received")
            b = s.recv(1024).decode()
            s.sendall(total(a, b).encode())
            print(f"{a} and {b}", flush=True)
        print("the other side closed")


def server_udp(s):
    _, caller = s.recvfrom(1024)
    s.sendto(b"welcome", caller)
    while True:
        a = s.recv(1024).decode()
        s.sendto(b"num1 received", caller)
        b = s.recv(1024).decode()
        s.sendto(total(a, b).encode(), caller)
        print(f"{a} and {b}", flush=True)


def server(host, port, transport):
    with peer.listen(host, port, peer.UDP if transport == "udp" else peer.TCP) as listener:
        (server_udp if transport == "udp" else server_tcp)(listener)


peer.main(client, server)
