"""Message board with a thread that receives and one that works."""
import socket
import sys
import threading
import time

END = "<<--bye-->>"
sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sock.bind(("127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 1234))
request = None
notes = []


def worker():
    global request
    while True:
        if request is None:
            time.sleep(0.01)
            continue
        (data, addr), request = request, None
        text = data.decode(errors="replace")
        if text == "GET":
            for note in notes + [END]:
                sock.sendto(note.encode(), addr)
        elif text.startswith("POST ") and text[5:] != END:
            notes.append(text[5:])


threading.Thread(target=worker, daemon=True).start()
while True:
    request = sock.recvfrom(65535)
