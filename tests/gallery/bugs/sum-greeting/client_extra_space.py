# Client
import socket
import sys

port = int(sys.argv[1]) if len(sys.argv) > 1 else 12345
number = int(input("Please input an integer: "))
with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as s:
    s.connect(("127.0.0.1", port))
    s.sendall(("Client of Bob :" + str(number)).encode())
    reply = s.recv(1024)
    if not reply:
        sys.exit("no reply")
    print("Received from server:")
    print(reply.decode(errors="replace"))
