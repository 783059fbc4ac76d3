import socket
import sys
import threading

buffer = b""


def handle_client(conn):
    global buffer
    buffer = b""
    try:
        while True:
            data = conn.recv(1024)
            if not data:
                break
            buffer += data
            while b"\n" in buffer:
                line, buffer = buffer.split(b"\n", 1)
                line = line.removesuffix(b"\r")
                conn.sendall(line.decode()[::-1].encode() + b"\n")
            if len(buffer) > 65536:
                break
    except (OSError, UnicodeDecodeError):
        pass
    conn.close()


port = int(sys.argv[1]) if len(sys.argv) > 1 else 7201
server = socket.create_server(("127.0.0.1", port), backlog=100)
while True:
    conn, addr = server.accept()
    threading.Thread(target=handle_client, args=(conn,), daemon=True).start()
