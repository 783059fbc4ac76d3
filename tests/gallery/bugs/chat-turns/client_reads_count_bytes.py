# chat client
import socket
import sys
import time

s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
s.connect(("127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 52928))
syn = s.recv(4096)
s.sendall(syn)

while True:
    try:
        message = input("Enter message to send... ")
    except EOFError:
        break
    if message == "/q":
        break
    s.sendall(str(len(message)).encode())
    time.sleep(0.05)
    s.sendall(message.encode())
    length = s.recv(4096).decode()
    if not length:
        break
    text = s.recv(int(length)).decode()
    print(text)
s.close()
