import queue
import socket
import sys

notes = queue.Queue()
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 1234))
while True:
    data, addr = s.recvfrom(65535)
    text = data.decode(errors="replace")
    if text.startswith("POST ") and text[5:] != "<<--bye-->>":
        notes.put(text[5:])
    elif text == "GET":
        while not notes.empty():
            s.sendto(notes.get().encode(), addr)
        s.sendto(b"<<--bye-->>", addr)
