import socket
import sys

HOST, PORT = "127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 7201

with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as s:
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind((HOST, PORT))
    s.listen(100)
    while True:
        conn, addr = s.accept()
        with conn:
            print(f"Connected by {addr}")
            try:
                for line in conn.makefile("rb"):
                    if not line.endswith(b"\n") or len(line) > 65536 + 2:
                        break
                    text = line[:-1].removesuffix(b"\r").decode()
                    conn.sendall(text[::-1].encode() + b"\n")
            except (ConnectionError, UnicodeDecodeError) as e:
                print(e)
