import socketserver
import sys


class ReverseHandler(socketserver.StreamRequestHandler):
    def handle(self):
        for line in iter(lambda: self.rfile.readline(65537), b""):
            if not line.endswith(b"\n"):
                break
            try:
                message = line.decode().strip()
            except UnicodeDecodeError:
                break
            self.wfile.write(message[::-1].encode() + b"\n")


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 100

    def handle_error(self, request, client_address):
        print("lost", client_address)


port = int(sys.argv[1]) if len(sys.argv) > 1 else 7201
Server(("127.0.0.1", port), ReverseHandler).serve_forever()
