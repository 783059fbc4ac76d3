import socket
import sys

BUFFER_SIZE = 64
END = "<<--bye-->>"

sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sock.bind(("127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 1234))
print("Board is open")
saved = []
while True:
    request, peer = sock.recvfrom(BUFFER_SIZE)
    request = request.decode(errors="ignore")
    if request == "GET":
        for text in saved + [END]:
            sock.sendto(text.encode(), peer)
    elif request[:5] == "POST ":
        text = request[5:]
        if text != END:
            saved.append(text)
