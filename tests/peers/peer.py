"""What the foreign peers share: an address, a role, and plain blocking sockets.

The peers are programs as a first course in networking writes them: blocking sockets, one recv for each message,
no framing but what the socket happens to deliver. They never look at sockeye's own code or convos, so what they
understand is what the wire really carries.

    python3 NAME.py client HOST PORT [ARGUMENT]...
    python3 NAME.py server HOST PORT [ARGUMENT]...

A server prints `listening PORT` once it is bound (PORT may be 0); everything after that is its conversation.
"""

import socket
import sys

TCP = socket.SOCK_STREAM
UDP = socket.SOCK_DGRAM


def connect(host, port, kind=TCP):
    """A socket that is connected to a server; for UDP, one that knows where to send."""
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=kind)[0]
    s = socket.socket(family, kind, protocol)
    s.connect(address)
    return s


def listen(host, port, kind=TCP):
    """A bound socket, announced on standard output; for TCP, one that accepts."""
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=kind)[0]
    s = socket.socket(family, kind, protocol)
    s.bind(address)
    if kind == TCP:
        s.listen()
    print("listening", s.getsockname()[1], flush=True)
    return s


def expect_end(s):
    """Says whether the other side has closed; anything else that comes is shown."""
    rest = s.recv(1024)
    print(f"unexpected: {rest!r}" if rest else "the other side closed", flush=True)


def main(client, server):
    """Runs the role that the command line names."""
    role, host, port, *rest = sys.argv[1:]
    {"client": client, "server": server}[role](host, int(port), *rest)
