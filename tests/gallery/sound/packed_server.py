"""Names and numbers in packed binary: the number answered with ours and the sum."""

import socketserver
import struct
import sys

MINE = 42


class Exchange(socketserver.StreamRequestHandler):
    def handle(self):
        try:
            (length,) = struct.unpack("!H", self.exactly(2))
            name = self.exactly(length).decode()
            (number,) = struct.unpack("!i", self.exactly(4))
            print(f"{name} sent {number}")
            self.wfile.write(struct.pack("!ii", MINE, MINE + number))
        except (EOFError, OSError, UnicodeDecodeError, struct.error) as error:
            print("no exchange:", error)

    def exactly(self, count):
        data = self.rfile.read(count)
        if len(data) < count:
            raise EOFError(f"{count} bytes expected, {len(data)} came")
        return data


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128


with Server(("127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 7512), Exchange) as server:
    server.serve_forever()
