# chat server
import socket
import sys
import threading
import time

replies = ["dobrý den", "žluťoučký kůň", "I see", "really?"]


def send_msg(conn, text):
    data = text.encode()
    conn.sendall(str(len(data)).encode())
    time.sleep(0.05)
    conn.sendall(data)


def recv_msg(conn):
    count = conn.recv(4096).decode()
    if not count:
        return None
    digits = ""
    while count and count[0].isdigit():
        digits += count[0]
        count = count[1:]
    text = count
    rest = b""
    while len(text) < int(digits):
        data = conn.recv(4096)
        if not data:
            return None
        rest += data
        text = count + rest.decode(errors="ignore")
    return text


def chat(conn):
    try:
        conn.sendall(b"SYN")
        if conn.recv(4096) != b"SYN":
            return
        turn = 0
        while (text := recv_msg(conn)) is not None:
            print(text)
            send_msg(conn, replies[turn % len(replies)])
            turn += 1
    except (OSError, ValueError):
        pass
    finally:
        conn.close()


s = socket.create_server(("127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 52928), backlog=20)
while True:
    conn, addr = s.accept()
    conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    threading.Thread(target=chat, args=(conn,), daemon=True).start()
