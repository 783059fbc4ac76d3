"""Reverse echo, a handler a client; its writer has a buffer."""

import socketserver
import sys


class Handler(socketserver.StreamRequestHandler):
    wbufsize = 8192

    def handle(self):
        for line in self.rfile:
            if not line.endswith(b"\n"):
                return
            try:
                text = line[:-1].removesuffix(b"\r").decode()
            except UnicodeDecodeError:
                return
            self.wfile.write(text[::-1].encode() + b"\n")


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


port = int(sys.argv[1]) if len(sys.argv) > 1 else 7201
with Server(("127.0.0.1", port), Handler) as server:
    server.serve_forever()
