"""Greets over an encrypted connection, and says each line with its length; a thread a client."""
import socket
import sys
import threading

from Crypto.Cipher import PKCS1_OAEP
from Crypto.PublicKey import RSA

END = b"-----END PUBLIC KEY-----"


def receive_key(file):
    """Reads up to the key's end, and nothing of the first block."""
    pem = b""
    while not pem.endswith(END):
        more = file.read(1)
        if not more or len(pem) > 4096:
            raise ValueError("no key")
        pem += more
    return RSA.import_key(pem)


def chat(sock, key):
    with sock, sock.makefile("rb") as file:
        try:
            theirs = PKCS1_OAEP.new(receive_key(file))
            sock.sendall(key.publickey().export_key())
            sock.sendall(theirs.encrypt(b"welcome"))
            while len(block := file.read(key.size_in_bytes())) == key.size_in_bytes():
                text = PKCS1_OAEP.new(key).decrypt(block).decode()
                sock.sendall(theirs.encrypt(f"{len(text)}: {text}".encode()))
        except (OSError, ValueError) as error:
            print("the conversation broke off:", error)


def main():
    key = RSA.generate(1024)
    with socket.create_server(("127.0.0.1", int(sys.argv[1]))) as server:
        while True:
            sock, _ = server.accept()
            threading.Thread(target=chat, args=(sock, key), daemon=True).start()


main()
