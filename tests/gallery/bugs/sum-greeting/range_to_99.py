# Server for the sum exercise
import re
import socket
import sys
import threading

SERVER_NAME = "Server of Bob"
SERVER_NUMBER = 42
port = int(sys.argv[1]) if len(sys.argv) > 1 else 12345

server_socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
server_socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server_socket.bind(("127.0.0.1", port))
server_socket.listen(50)


def handle(conn):
    with conn:
        try:
            message = conn.recv(16384).decode()
            match = re.fullmatch(r"Client of (.*?): (\s*[+-]?\d+\s*)", message, re.DOTALL)
            if not match:
                return
            number = int(match.group(2))
            print(match.group(1), "connected to", SERVER_NAME)
            print(f"Server: {SERVER_NUMBER}; Client: {number}; Combined: {SERVER_NUMBER + number}")
            if number in range(1, 100):
                conn.sendall(f"{SERVER_NAME}: {SERVER_NUMBER}".encode())
            else:
                conn.sendall(f"{SERVER_NAME}: {SERVER_NUMBER}\nServer closing...".encode())
                server_socket.shutdown(socket.SHUT_RDWR)
        except (OSError, ValueError):
            pass


while True:
    try:
        conn, addr = server_socket.accept()
    except OSError:
        break
    threading.Thread(target=handle, args=(conn,)).start()
