"""Sum, JSON: takes the first closing brace for the end of the object."""

import json
import random
import socket
import sys
import threading


def serve(conn):
    with conn:
        try:
            data = b""
            while b"}" not in data:
                piece = conn.recv(4096)
                if not piece or len(data) > 100_000:
                    return
                data += piece
            message = json.loads(data[: data.index(b"}") + 1])
            name, number = message["client_name"], message["client_number"]
            if not isinstance(name, str) or type(number) is not int:
                return
            if not 1 <= number <= 100:
                server.shutdown(socket.SHUT_RDWR)
                return
            mine = random.randint(1, 100)
            answer = {"server_name": "Bo", "server_number": mine, "sum": mine + number}
            conn.sendall(json.dumps(answer).encode())
        except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
            print("client dropped:", repr(error)[:80])


port = int(sys.argv[1]) if len(sys.argv) > 1 else 8000
server = socket.create_server(("127.0.0.1", port))
while True:
    try:
        conn, _ = server.accept()
    except OSError:
        break
    threading.Thread(target=serve, args=(conn,), daemon=True).start()
