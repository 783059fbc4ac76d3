import json
import socket
import sys


def main():
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 8000
    number = int(input("Enter an integer between 1 and 100: "))
    sock = socket.create_connection(("127.0.0.1", port), timeout=10)
    sock.sendall(json.dumps({"client_name": "Heidi", "client_number": number}).encode())
    if number < 1 or number > 100:
        return
    reply = json.loads(sock.recv(4096).decode())
    sock.close()
    total = number + reply["server_number"]
    if reply.get("sum", total) != total:
        raise ValueError("the server's sum is wrong")
    print(f"Client Name: Heidi | Server Name: {reply['server_name']}")
    print(f"Client Number: {number} | Server Number: {reply['server_number']} | Sum: {total}")


try:
    main()
except (OSError, ValueError, KeyError, TypeError, EOFError) as e:
    print("Error:", e, file=sys.stderr)
    sys.exit(1)
