import socket
import sys

PORT = int(sys.argv[1]) if len(sys.argv) > 1 else 12345
s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
s.connect(("127.0.0.1", PORT))
s.settimeout(10)
s.recv(1024)
print("welcome")


def exchange(text):
    s.sendall(text.encode())
    reply = s.recv(1024).decode()
    if not reply:
        sys.exit("The server closed the connection.")
    return reply


try:
    while True:
        a = input("First number: ")
        if a == "Exit":
            break
        if exchange(a) != "num1 received":
            sys.exit("Something is wrong with the server.")
        b = input("Second number: ")
        if b == "Exit":
            break
        answer = exchange(b)
        try:
            right = str(int(a) + int(b))
        except ValueError:
            right = "Invalid inputs"
        if answer != right:
            sys.exit("The server cannot add.")
        print(answer)
except (EOFError, OSError):
    pass
s.close()
