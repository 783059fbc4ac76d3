import socket
import sys

with socket.create_connection(("127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 7201)) as s:
    f = s.makefile("r", encoding="utf-8", newline="\n")
    while True:
        try:
            text = input("Client enter message: ")
        except EOFError:
            break
        s.sendall(text.encode())
        answer = f.readline().rstrip("\r\n")
        if not answer:
            print("The server has left.")
            sys.exit(1)
        print("Client received:", answer)
