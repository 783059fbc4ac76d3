import socket
import sys


def receive(sock):
    reply = b""
    while not reply:
        reply = sock.recv(1024)
    return reply.decode()


def main():
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 7200
    sock = socket.create_connection(("127.0.0.1", port))
    while True:
        text = input("Client enter message: ")
        sock.sendall(text.encode())
        reply = receive(sock)
        if reply != text[::-1]:
            sys.exit("That is not what I said, backwards.")
        print("Client received:", reply)
        if text.lower() == "end":
            print(f'Client termination called by message "{text}" and response "{reply}"')
            break
    sock.close()


try:
    main()
except EOFError:
    pass
