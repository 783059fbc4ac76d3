"""Takes what one recv brought for the whole key, and for a whole block."""
import socket
import sys

from Crypto.Cipher import PKCS1_OAEP
from Crypto.PublicKey import RSA


def chat(sock, key):
    theirs = RSA.import_key(sock.recv(2048))
    sock.sendall(key.publickey().export_key())
    while True:
        block = sock.recv(1024)
        if not block:
            return
        text = PKCS1_OAEP.new(key).decrypt(block).decode()
        print(text)
        if text == "Good Bye":
            return
        reply = input("You: ")
        sock.sendall(PKCS1_OAEP.new(theirs).encrypt(reply.encode()))
        if reply == "Good Bye":
            return


key = RSA.generate(1024)
with socket.create_server(("127.0.0.1", int(sys.argv[1]))) as server:
    while True:
        sock, _ = server.accept()
        with sock:
            try:
                chat(sock, key)
            except (OSError, ValueError) as error:
                print("the conversation broke off:", error)
