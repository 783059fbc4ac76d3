"""Sum server, thread per client."""
import socket
import sys
import threading


def parse(message):
    words = message.split(" ")
    if words[:2] != ["Client", "of"]:
        raise ValueError("not a greeting")
    name = words[2].rstrip(":")
    return name, int(words[3])


class SumServer:
    def __init__(self, port, number=42):
        self.number = number
        self.sock = socket.create_server(("127.0.0.1", port), backlog=50)

    def run(self):
        while True:
            try:
                conn, addr = self.sock.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(conn,)).start()

    def serve(self, conn):
        try:
            name, number = parse(conn.recv(16384).decode())
            print(f"{name} connected to Server of Dave")
            reply = f"Server of Dave: {self.number}"
            if not 1 <= number <= 100:
                reply += "\nServer closing..."
                self.sock.shutdown(socket.SHUT_RDWR)
            conn.sendall(reply.encode())
        except (ValueError, IndexError, OSError) as e:
            print("bad client:", e)
        conn.close()


SumServer(int(sys.argv[1]) if len(sys.argv) > 1 else 12345).run()
