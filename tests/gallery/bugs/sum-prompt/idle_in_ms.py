# Socket programming, project 1: server
import socket
import sys
import threading

configs = {
    "IP_Address": "127.0.0.1",
    "PORT": int(sys.argv[1]) if len(sys.argv) > 1 else 12345,
    "Clients_limit": 4,
    "timeout": 10 / 1000,  # milliseconds
}
lock = threading.Lock()
count = 0


def calculate(num1, num2):
    try:
        return str(int(num1) + int(num2))
    except ValueError:
        return "Invalid inputs"


def client_handler(conn):
    global count
    try:
        conn.settimeout(configs["timeout"])
        conn.sendall(b"welcome")
        while True:
            num1 = conn.recv(16384).decode()
            if not num1:
                break
            conn.sendall(b"num1 received")
            num2 = conn.recv(16384).decode()
            if not num2:
                break
            conn.sendall(calculate(num1, num2).encode())
    except (OSError, UnicodeDecodeError):
        pass
    with lock:
        count -= 1
    conn.close()


s = socket.create_server((configs["IP_Address"], configs["PORT"]))
while True:
    conn, address = s.accept()
    with lock:
        full = count >= configs["Clients_limit"]
        count += not full
    if full:
        try:
            conn.sendall(b"Server Is Busy")
        except OSError:
            pass
        conn.close()
    else:
        threading.Thread(target=client_handler, args=(conn,), daemon=True).start()
