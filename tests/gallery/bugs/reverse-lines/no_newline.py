import socket
import sys
import threading

PORT = int(sys.argv[1]) if len(sys.argv) > 1 else 7201


def handle_client(client_socket):
    client_file = client_socket.makefile("rb")
    while True:
        try:
            line = client_file.readline(70000)
            if not line.endswith(b"\n"):
                break
            text = line.decode().rstrip("\r\n")
            client_socket.sendall(text[::-1].encode())
        except (OSError, UnicodeDecodeError):
            break
    client_file.close()
    client_socket.close()


server_socket = socket.create_server(("127.0.0.1", PORT), backlog=100)
print(f"[*] Listening on 127.0.0.1:{PORT}")
while True:
    client_socket, client_address = server_socket.accept()
    print(f"[*] Accepted connection from {client_address[0]}:{client_address[1]}")
    threading.Thread(target=handle_client, args=(client_socket,), daemon=True).start()
