import socket
import sys
import threading

IDLE = 60
BUFFER = 16 * 1024


class ClientThread(threading.Thread):
    def __init__(self, conn):
        super().__init__(daemon=True)
        self.conn = conn
        self.conn.settimeout(IDLE)
        self.conn.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER)

    def run(self):
        pending = b""
        try:
            while True:
                data = self.conn.recv(65536)
                if not data:
                    break
                pending += data
                lines = pending.split(b"\n")
                pending = lines.pop()
                if len(pending) > 65536:
                    break
                answer = b""
                for line in lines:
                    answer += line.rstrip(b"\r").decode()[::-1].encode() + b"\n"
                if answer:
                    self.conn.send(answer)
        except (OSError, UnicodeDecodeError) as e:
            print("error:", e)
        self.conn.close()


def main():
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 7201
    server = socket.create_server(("127.0.0.1", port), backlog=100)
    while True:
        conn, addr = server.accept()
        ClientThread(conn).start()


if __name__ == "__main__":
    main()
