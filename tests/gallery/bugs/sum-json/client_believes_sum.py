import json
import socket
import sys

port = int(sys.argv[1]) if len(sys.argv) > 1 else 8000
number = int(input("Enter an integer between 1 and 100: "))

with socket.create_connection(("127.0.0.1", port), timeout=10) as sock:
    sock.sendall(json.dumps({"client_name": "Frank", "client_number": number}).encode())
    if number < 1 or number > 100:
        sys.exit()
    text = b""
    while data := sock.recv(1024):
        text += data

try:
    reply = json.loads(text)
    server_name, server_number = str(reply["server_name"]), int(reply["server_number"])
except (ValueError, KeyError, TypeError):
    sys.exit("The server talks nonsense.")
total = reply.get("sum", number + server_number)
print(f"Client Name: Frank | Server Name: {server_name}")
print(f"Client Number: {number} | Server Number: {server_number} | Sum: {total}")
