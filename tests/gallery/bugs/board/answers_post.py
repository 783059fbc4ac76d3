import socket
import sys

notes = []
sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sock.bind(("127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 1234))
while True:
    data, addr = sock.recvfrom(65535)
    message = data.decode("utf-8", "replace")
    if message == "GET":
        for note in notes:
            sock.sendto(note.encode(), addr)
        sock.sendto("<<--bye-->>".encode(), addr)
    elif message.startswith("POST "):
        note = message[len("POST "):]
        if note != "<<--bye-->>":
            notes.append(note)
        sock.sendto("OK".encode(), addr)
    else:
        print("unknown:", message)
