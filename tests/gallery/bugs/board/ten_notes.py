import socket
import sys

NOTES_MAX = 10
END = "<<--bye-->>"

sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sock.bind(("127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 1234))
print("Board is open")
saved = []
while True:
    request, peer = sock.recvfrom(2048)
    request = request.decode(errors="ignore")
    if request == "GET":
        for text in saved + [END]:
            sock.sendto(text.encode(), peer)
    elif request[:5] == "POST ":
        text = request[5:]
        if text != END and len(saved) < NOTES_MAX:
            saved.append(text)
