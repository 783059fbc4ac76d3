# reverse server v2: reads until the newline has come
import socket
import sys
import threading


def read_line(conn):
    data = b""
    while b"\n" not in data:
        part = conn.recv(4096)
        if part == b"" or len(data) > 65536:
            return None
        data += part
    line = data.split(b"\n")[0]
    return line.removesuffix(b"\r").decode()


def handle(conn):
    try:
        line = read_line(conn)
        while line is not None:
            conn.sendall(line[::-1].encode() + b"\n")
            line = read_line(conn)
    except (OSError, UnicodeDecodeError):
        pass
    conn.close()


def main():
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 7201
    server = socket.create_server(("127.0.0.1", port), backlog=64)
    while True:
        conn, _ = server.accept()
        t = threading.Thread(target=handle, args=(conn,))
        t.daemon = True
        t.start()


main()
