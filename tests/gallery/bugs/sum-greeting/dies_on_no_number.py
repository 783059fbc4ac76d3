import socket
import sys


def main():
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 12345
    server = socket.create_server(("127.0.0.1", port), backlog=50)
    running = True
    while running:
        client, address = server.accept()
        message = client.recv(16384).decode()
        name, number = message.rsplit(": ", 1)
        number = int(number)
        name = name.removeprefix("Client of ")
        print(f"{name} connected to Server of Carol")
        print(f"Server: 42; Client: {number}; Combined: {42 + number}")
        reply = "Server of Carol: 42"
        if number < 1 or number > 100:
            reply += "\nServer closing..."
            running = False
        client.sendall(reply.encode())
        client.close()
    server.close()


main()
