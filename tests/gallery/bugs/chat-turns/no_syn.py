import socket
import sys
import threading
import time


def chat(conn):
    with conn:
        try:
            while count := conn.recv(4096):
                text = conn.recv(4096).decode()
                print(f"({count.decode()}) {text}")
                reply = f"you said {text}"
                conn.sendall(str(len(reply)).encode())
                time.sleep(0.05)
                conn.sendall(reply.encode())
        except (OSError, UnicodeDecodeError):
            return


server = socket.create_server(("127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 52928), backlog=20)
while True:
    conn, _ = server.accept()
    threading.Thread(target=chat, args=(conn,), daemon=True).start()
