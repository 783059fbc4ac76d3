import socket
import sys

s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 1234))
notes = []
while True:
    data, addr = s.recvfrom(65535)
    if not data:
        break
    text = data.decode(errors="replace")
    if text.startswith("POST ") and text[5:] != "<<--bye-->>":
        notes.append(text[5:])
    if text == "GET":
        for note in notes:
            s.sendto(note.encode(), addr)
        s.sendto(b"<<--bye-->>", addr)
s.close()
