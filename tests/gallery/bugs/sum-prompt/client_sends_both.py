import socket
import sys

port = int(sys.argv[1]) if len(sys.argv) > 1 else 12345
client = socket.create_connection(("127.0.0.1", port), timeout=10)


def hear():
    answer = client.recv(1024).decode()
    if answer in ("", "Server Is Busy"):
        sys.exit(answer or "closed")
    return answer


print(hear())
try:
    while True:
        num1 = input("First number: ")
        if num1 == "Exit":
            break
        num2 = input("Second number: ")
        if num2 == "Exit":
            break
        client.sendall(num1.encode())
        client.sendall(num2.encode())
        if hear() != "num1 received":
            sys.exit("The server did not take the first number.")
        print(hear())
except EOFError:
    pass
client.close()
