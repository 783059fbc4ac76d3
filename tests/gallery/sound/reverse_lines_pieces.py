"""Reverse echo server that takes its time: it starts slowly, and its answers leave a few bytes at a time."""

import socketserver
import sys
import time

STARTING = 0.7
PIECE = 3


class Reverse(socketserver.StreamRequestHandler):
    disable_nagle_algorithm = True

    def handle(self):
        try:
            while (line := self.rfile.readline(65538)).endswith(b"\n"):
                text = line[:-1].removesuffix(b"\r").decode()
                self.say(text[::-1].encode() + b"\n")
        except (OSError, UnicodeDecodeError):
            pass

    def say(self, answer):
        # What is long would take too long in pieces.
        for start in range(0, min(len(answer), 60), PIECE):
            self.request.sendall(answer[start:min(start + PIECE, 60)])
            time.sleep(0.002)
        self.request.sendall(answer[60:])


class Server(socketserver.ThreadingMixIn, socketserver.TCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128


time.sleep(STARTING)
with Server(("127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 7201), Reverse) as server:
    server.serve_forever()
