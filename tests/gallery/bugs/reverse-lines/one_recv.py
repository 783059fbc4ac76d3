# Reverse echo server
import socket
import sys
import threading

HOST = "127.0.0.1"
PORT = int(sys.argv[1]) if len(sys.argv) > 1 else 7201


def handle(conn, addr):
    print("New client", addr)
    while True:
        try:
            data = conn.recv(1024)
            if not data:
                break
            message = data.decode().rstrip("\r\n")
            print("Server received:", message)
            conn.sendall((message[::-1] + "\n").encode())
        except (ConnectionError, UnicodeDecodeError):
            break
    conn.close()


s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind((HOST, PORT))
s.listen(100)
print("Server can now receive from port", PORT)
while True:
    conn, addr = s.accept()
    threading.Thread(target=handle, args=(conn, addr), daemon=True).start()
