import socket
import sys

sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sock.bind(("127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 1234))
messages = []
while True:
    data, address = sock.recvfrom(65535)
    message = data.decode(errors="replace")
    if message.startswith("POST "):
        if message[5:] != "<<--bye-->>":
            messages.append(message[5:])
    elif message == "GET":
        sock.sendto("\n".join(messages + ["<<--bye-->>"]).encode(), address)
