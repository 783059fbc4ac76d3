# Message board
import socket
import sys

s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 1234))
board = []
while True:
    data, client = s.recvfrom(65535)
    words = data.decode(errors="ignore").split(" ")
    if words[0] == "POST" and len(words) > 1:
        if words[1] != "<<--bye-->>":
            board.append(words[1])
    elif words == ["GET"]:
        for note in board:
            s.sendto(note.encode(), client)
        s.sendto(b"<<--bye-->>", client)
    else:
        print("?", data)
