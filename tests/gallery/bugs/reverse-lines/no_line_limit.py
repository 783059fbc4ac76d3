import socket
import sys
import threading


def serve(conn):
    pending = bytearray()
    try:
        while data := conn.recv(65536):
            pending += data
            while (end := pending.find(b"\n")) >= 0:
                line = bytes(pending[:end]).removesuffix(b"\r")
                del pending[:end + 1]
                conn.sendall(line.decode()[::-1].encode() + b"\n")
    except (OSError, UnicodeDecodeError):
        pass
    conn.close()


server = socket.create_server(("127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 7201), backlog=100)
while True:
    conn, _ = server.accept()
    threading.Thread(target=serve, args=(conn,), daemon=True).start()
