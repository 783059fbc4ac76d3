import socketserver
import sys
import threading

LIMIT = 4
sessions = threading.BoundedSemaphore(LIMIT)


class SumHandler(socketserver.BaseRequestHandler):
    timeout = 10

    def handle(self):
        if not sessions.acquire(blocking=False):
            self.request.sendall(b"Server Is Busy")
            return
        try:
            self.talk()
        except OSError:
            print("client lost")
        finally:
            sessions.release()

    def talk(self):
        self.request.settimeout(self.timeout)
        self.request.sendall(b"welcome")
        a = self.request.recv(16384)
        if not a:
            return
        self.request.sendall(b"num1 received")
        b = self.request.recv(16384)
        try:
            answer = str(int(a) + int(b)) if b else ""
        except ValueError:
            answer = "Invalid inputs"
        self.request.sendall(answer.encode())


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 50


Server(("127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 12345), SumHandler).serve_forever()
