import socket
import sys

BYE = b"<<--bye-->>"


def main():
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind(("127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 1234))
    saved = []
    while True:
        data, addr = s.recvfrom(65535)
        if data == b"GET":
            for text in saved:
                s.sendto(text, addr)
            s.sendto(BYE, addr)
        elif data.startswith(b"POST "):
            try:
                data.decode("utf-8")
                saved.append(data[5:])
            except UnicodeDecodeError:
                print("not text:", data)


main()
