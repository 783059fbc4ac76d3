import socket
import struct
import sys
import threading

MINE = 42


def serve(conn):
    try:
        (length,) = struct.unpack("!H", conn.recv(2))
        name = conn.recv(length).decode() if length else ""
        (number,) = struct.unpack("!i", conn.recv(4))
        print(name, number)
        conn.sendall(struct.pack("!ii", MINE, MINE + number))
    except (OSError, struct.error, UnicodeDecodeError) as e:
        print("error:", e)
    conn.close()


server = socket.create_server(("127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 7512), backlog=50)
while True:
    conn, addr = server.accept()
    threading.Thread(target=serve, args=(conn,)).start()
