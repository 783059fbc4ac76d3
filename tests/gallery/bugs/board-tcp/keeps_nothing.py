# Message board, a line a message
import socket
import sys
import threading

PORT = int(sys.argv[1]) if len(sys.argv) > 1 else 7400
FOLDER = "/nonexistent/board"


def keep(text):
    try:
        with open(FOLDER + "/notes.txt", "a") as notes:
            notes.write(text + "\n")
        return True
    except OSError:
        return False


def handle(conn):
    with conn, conn.makefile("rb") as lines:
        try:
            for line in lines:
                line = line.rstrip(b"\r\n")
                if line == b"GET":
                    conn.sendall(b".\n")
                elif line.startswith(b"POST "):
                    conn.sendall(b"OK 1\n" if keep(line[5:].decode()) else b"ERR may not be kept\n")
                else:
                    break
        except (OSError, UnicodeDecodeError):
            pass


s = socket.create_server(("127.0.0.1", PORT))
while True:
    conn, _ = s.accept()
    threading.Thread(target=handle, args=(conn,), daemon=True).start()
