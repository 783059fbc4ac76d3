"""Client of the JSON sum: one number to the server, its own back, and both sums compared."""

import json
import socket
import sys

NAME = "Grace"


def ask():
    while True:
        try:
            return int(input("Enter an integer between 1 and 100: "))
        except ValueError:
            print("That is no integer.")


def reply_of(sock):
    """All that the server sends before it closes, or before what came is a whole object."""
    data = b""
    while len(data) < 65536 and (more := sock.recv(4096)):
        data += more
        try:
            return json.loads(data)
        except ValueError:
            continue
    raise ValueError(f"the server's reply is no JSON: {data!r}" if data else "the server sent no reply")


def whole(reply, key):
    if type(reply.get(key)) is not int:
        raise ValueError(f"{key} is no integer in {reply!r}")
    return reply[key]


def main():
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 8000
    number = ask()
    with socket.create_connection(("127.0.0.1", port), timeout=10) as sock:
        sock.sendall(json.dumps({"client_name": NAME, "client_number": number}).encode())
        if not 1 <= number <= 100:
            return
        reply = reply_of(sock)
    if not isinstance(reply, dict) or not isinstance(reply.get("server_name"), str):
        raise ValueError(f"no server_name in {reply!r}")
    mine = whole(reply, "server_number")
    if "sum" in reply and whole(reply, "sum") != number + mine:
        raise ValueError(f"the server's sum is {reply['sum']}, ours {number + mine}")
    print(f"Client Name: {NAME} | Server Name: {reply['server_name']}")
    print(f"Client Number: {number} | Server Number: {mine} | Sum: {number + mine}")


try:
    main()
except EOFError:
    pass
except (OSError, ValueError) as error:
    sys.exit(f"Error: {error}")
