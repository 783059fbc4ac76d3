"""Reverse echo that makes itself a daemon: the command ends, the server goes on."""

import os
import signal
import socket
import sys
import threading


def daemonize():
    # The end of a terminal's first process hangs up on all others there.
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    if os.fork():
        os._exit(0)
    os.setsid()
    if os.fork():
        os._exit(0)
    null = os.open(os.devnull, os.O_RDWR)
    for stream in range(3):
        os.dup2(null, stream)


def serve(conn):
    with conn, conn.makefile("rwb") as stream:
        try:
            while (line := stream.readline(100_000)).endswith(b"\n"):
                text = line[:-1].removesuffix(b"\r").decode()
                stream.write(text[::-1].encode() + b"\n")
                stream.flush()
        except (OSError, UnicodeDecodeError):
            pass


daemonize()
port = int(sys.argv[1]) if len(sys.argv) > 1 else 7201
server = socket.create_server(("127.0.0.1", port), backlog=100)
while True:
    conn, _ = server.accept()
    threading.Thread(target=serve, args=(conn,), daemon=True).start()
