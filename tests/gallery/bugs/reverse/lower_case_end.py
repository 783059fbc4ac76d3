import socket
import sys
import threading


def serve(conn, server):
    try:
        while True:
            data = conn.recv(65536)
            if not data:
                break
            message = data.decode()
            print("Server received: " + message)
            conn.sendall(message[::-1].encode())
            print("Server sent: " + message[::-1])
            if message == "end":
                print(f'Server termination called by "{message}"')
                server.shutdown(socket.SHUT_RDWR)
                break
    except (OSError, UnicodeDecodeError):
        pass
    conn.close()


def main():
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 7200
    server = socket.create_server(("127.0.0.1", port), backlog=50)
    print(f"Server can now receive from port {port}")
    while True:
        try:
            conn, addr = server.accept()
        except OSError:
            break
        threading.Thread(target=serve, args=(conn, server), daemon=True).start()


main()
