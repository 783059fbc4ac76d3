import socket
import sys
import threading


def serve(conn, server):
    with conn:
        try:
            while data := conn.recv(65536):
                text = data.decode()
                if text.lower() == "end":
                    print(f'Server termination called by "{text}"')
                    server.shutdown(socket.SHUT_RDWR)
                    return
                conn.sendall(text[::-1].encode())
        except (OSError, UnicodeDecodeError) as e:
            print("lost a client:", e)


server = socket.create_server(("127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 7200), backlog=50)
while True:
    try:
        conn, _ = server.accept()
    except OSError:
        break
    threading.Thread(target=serve, args=(conn, server), daemon=True).start()
