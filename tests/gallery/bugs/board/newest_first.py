import socket
import sys
from collections import deque

notes = deque()
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 1234))
while True:
    data, client = server.recvfrom(65535)
    text = data.decode(errors="replace")
    if text == "GET":
        for note in notes:
            server.sendto(note.encode(), client)
        server.sendto(b"<<--bye-->>", client)
    elif text.startswith("POST ") and text != "POST <<--bye-->>":
        notes.appendleft(text[5:])
