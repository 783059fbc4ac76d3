"""An encrypted chat by turns: reads keys to their end and blocks to their length, and ends where its client does."""
import socket
import sys

from Crypto.Cipher import PKCS1_OAEP
from Crypto.PublicKey import RSA

END = b"-----END PUBLIC KEY-----"


def receive_key(sock):
    """The client's key; what came after it belongs to the first block."""
    data = b""
    while END not in data:
        more = sock.recv(1024)
        if not more or len(data) > 4096:
            raise ValueError("no key")
        data += more
    pem, _, rest = data.partition(END)
    return RSA.import_key(pem + END), rest


def receive_block(sock, rest, size):
    while len(rest) < size:
        more = sock.recv(size - len(rest))
        if not more:
            return None, b""
        rest += more
    return rest[:size], rest[size:]


def chat(sock, key):
    theirs, rest = receive_key(sock)
    sock.sendall(key.publickey().export_key())
    while True:
        block, rest = receive_block(sock, rest, key.size_in_bytes())
        if block is None:
            return
        text = PKCS1_OAEP.new(key).decrypt(block).decode()
        print(text)
        if text == "Good Bye":
            return
        reply = input("You: ")
        sock.sendall(PKCS1_OAEP.new(theirs).encrypt(reply.encode()))
        if reply == "Good Bye":
            return


def main():
    key = RSA.generate(1024)
    with socket.create_server(("127.0.0.1", int(sys.argv[1]))) as server:
        while True:
            sock, _ = server.accept()
            with sock:
                try:
                    chat(sock, key)
                except (OSError, ValueError) as error:
                    print("the conversation broke off:", error)


main()
