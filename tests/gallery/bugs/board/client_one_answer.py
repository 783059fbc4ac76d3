import socket
import sys

client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
client.connect(("127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 1234))
client.settimeout(3)
try:
    while True:
        message = input("Enter your message: ")
        client.send(message.encode())
        if message == "GET":
            print(client.recv(65535).decode(errors="replace"))
except EOFError:
    pass
except OSError as e:
    sys.exit(str(e))
