"""Client of the message board: sends what is typed, shows the notes that GET brings."""

import socket
import sys

END = b"<<--bye-->>"
PATIENCE = 5


def main():
    server = ("127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 1234)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.connect(server)  # from now on, datagrams from elsewhere do not reach us
        sock.settimeout(PATIENCE)
        while True:
            request = input("GET or POST text: ")
            if request != "GET" and not request.startswith("POST "):
                print("Say GET, or POST and a text.")
                continue
            sock.send(request.encode())
            if request == "GET":
                show(sock)


def show(sock):
    while True:
        note = sock.recv(65535)
        print(note.decode())
        if note == END:
            return


try:
    main()
except EOFError:
    pass
except TimeoutError:
    sys.exit("The server does not answer.")
except (OSError, UnicodeDecodeError) as error:
    sys.exit(f"Error: {error}")
