# Message board, a line a message
import socket
import sys
import threading

PORT = int(sys.argv[1]) if len(sys.argv) > 1 else 7400
notes = []
lock = threading.Lock()


def handle(conn):
    with conn, conn.makefile("rb") as lines:
        try:
            for line in lines:
                line = line.rstrip(b"\r\n")
                with lock:
                    if line == b"GET":
                        for number, note in enumerate(notes, 1):
                            conn.sendall(b"%d %s\n" % (number, note.encode()))
                        conn.sendall(b".\n")
                    elif line.startswith(b"POST "):
                        conn.sendall(b"OK 1\n")
                        notes.append(line[5:].decode())
                    else:
                        break
        except (OSError, UnicodeDecodeError):
            pass


s = socket.create_server(("127.0.0.1", PORT))
while True:
    conn, _ = s.accept()
    threading.Thread(target=handle, args=(conn,), daemon=True).start()
