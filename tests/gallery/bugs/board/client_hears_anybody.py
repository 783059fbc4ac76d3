import socket
import sys

server = ("127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 1234)
sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sock.settimeout(3)


def get():
    sock.sendto(b"GET", server)
    while True:
        data, addr = sock.recvfrom(65535)
        text = data.decode(errors="replace")
        print(text)
        if text == "<<--bye-->>":
            break


def main():
    while True:
        command = input("> ")
        if command == "GET":
            get()
        elif command.startswith("POST "):
            sock.sendto(command.encode(), server)
        else:
            print("GET or POST ...")


try:
    main()
except EOFError:
    pass
except OSError as e:
    sys.exit(f"no answer: {e}")
