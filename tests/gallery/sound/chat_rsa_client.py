"""An encrypted chat by turns: reads the key to its end and blocks to their length, and ends where its server does."""
import socket
import sys

from Crypto.Cipher import PKCS1_OAEP
from Crypto.PublicKey import RSA

END = b"-----END PUBLIC KEY-----"


def receive_key(sock):
    data = b""
    while not data.endswith(END):
        more = sock.recv(1)
        if not more or len(data) > 4096:
            raise ValueError("no key")
        data += more
    return RSA.import_key(data)


def receive_block(sock, size):
    block = b""
    while len(block) < size:
        more = sock.recv(size - len(block))
        if not more:
            return None
        block += more
    return block


def main():
    key = RSA.generate(2048)
    with socket.create_connection(("127.0.0.1", int(sys.argv[1]))) as sock:
        sock.sendall(key.publickey().export_key())
        theirs = PKCS1_OAEP.new(receive_key(sock))
        while True:
            try:
                line = input("You: ")
            except EOFError:
                return
            sock.sendall(theirs.encrypt(line.encode()))
            if line == "Good Bye":
                return
            block = receive_block(sock, key.size_in_bytes())
            if block is None:
                return
            reply = PKCS1_OAEP.new(key).decrypt(block).decode()
            print(reply)
            if reply == "Good Bye":
                return


try:
    main()
except (OSError, ValueError) as error:
    sys.exit(f"the conversation broke off: {error}")
