"""Sum with greetings."""
import re
import socketserver
import sys

GREETING = re.compile(r"Client of (.*?): ([-+\s\d]+)", re.DOTALL)


class Greeter(socketserver.BaseRequestHandler):
    def handle(self):
        try:
            match = GREETING.fullmatch(self.request.recv(65536).decode())
            number = int(match[2])
        except (OSError, TypeError, ValueError):
            return
        print(match[1], "connected to Server of Frank")
        if number < 1 or number > 100:
            print("Number out of range, server closing...")
            self.server.shutdown()
            return
        self.request.sendall(b"Server of Frank: 42")


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    request_queue_size = 50


with Server(("127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 12345), Greeter) as server:
    server.serve_forever()
