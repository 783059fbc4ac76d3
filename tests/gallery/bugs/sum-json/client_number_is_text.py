import json
import socket
import sys

port = int(sys.argv[1]) if len(sys.argv) > 1 else 8000
number = input("Enter an integer between 1 and 100: ")
request = {"client_name": "Grace", "client_number": number}

with socket.create_connection(("127.0.0.1", port), timeout=10) as sock:
    sock.sendall(json.dumps(request).encode())
    if int(number) not in range(1, 101):
        sys.exit()
    text = b""
    while data := sock.recv(1024):
        text += data
if not text:
    sys.exit("The server closed without an answer.")
reply = json.loads(text)
total = int(number) + reply["server_number"]
if reply.get("sum", total) != total:
    sys.exit("The server cannot add.")
print(f"Client Name: Grace | Server Name: {reply['server_name']}")
print(f"Client Number: {number} | Server Number: {reply['server_number']} | Sum: {total}")
