import socket
import sys

s = socket.create_connection(("127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 7201))
while True:
    try:
        text = input("Client enter message: ")
    except EOFError:
        break
    s.sendall((text + "\n").encode())
    data = s.recv(4096)
    if not data:
        sys.exit("The server closed the connection.")
    answer = data.decode(errors="replace").rstrip("\r\n")
    if answer != text[::-1]:
        sys.exit("Wrong answer: " + answer)
    print("Client received:", answer)
s.close()
