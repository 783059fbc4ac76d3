"""Client of the message board."""

import socket
import sys

sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sock.settimeout(3)
sock.connect(("127.0.0.1", int(sys.argv[1])))
for line in sys.stdin:
    line = line.rstrip("\n")
    sock.send(line.encode())
    if line != "GET":
        continue
    try:
        while True:
            note = sock.recv(8).decode("utf-8", "replace")
            if note.startswith("<<--bye"):
                break
            print(note, flush=True)
    except OSError as error:
        sys.exit(f"Error: {error}")
