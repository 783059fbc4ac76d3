import socket
import sys

port = int(sys.argv[1]) if len(sys.argv) > 1 else 1234
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.connect(("127.0.0.1", port))
while True:
    try:
        query = input("GET or POST text: ")
    except EOFError:
        break
    s.send(query.encode())
    if query == "GET":
        reply = ""
        while reply != "<<--bye-->>":
            reply = s.recv(65535).decode(errors="replace")
            print(reply)
