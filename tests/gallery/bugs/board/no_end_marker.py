import socket
import sys

PORT = int(sys.argv[1]) if len(sys.argv) > 1 else 1234
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("localhost", PORT))
messages = []

while True:
    data, address = server.recvfrom(65535)
    try:
        query = data.decode()
    except UnicodeDecodeError:
        continue
    if query.startswith("POST "):
        if query[5:] != "<<--bye-->>":
            messages.append(query[5:])
    elif query == "GET":
        for message in messages:
            server.sendto(message.encode(), address)
