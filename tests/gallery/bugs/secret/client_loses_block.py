"""Throws away what came with the server's key."""
import socket
import sys

from Crypto.Cipher import PKCS1_OAEP
from Crypto.PublicKey import RSA

END = b"-----END PUBLIC KEY-----"


def receive_key(sock):
    data = b""
    while END not in data:
        more = sock.recv(2048)
        if not more or len(data) > 4096:
            raise ValueError("no key")
        data += more
    return RSA.import_key(data[: data.index(END) + len(END)])


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
        print(PKCS1_OAEP.new(key).decrypt(receive_block(sock, key.size_in_bytes())).decode())
        while True:
            try:
                line = input("Text: ")
            except EOFError:
                return
            sock.sendall(theirs.encrypt(line.encode()))
            block = receive_block(sock, key.size_in_bytes())
            if block is None:
                return
            print(PKCS1_OAEP.new(key).decrypt(block).decode())


try:
    main()
except (OSError, TypeError, ValueError) as error:
    sys.exit(f"the conversation broke off: {error}")
