"""Takes what one recv brought for the whole key, and for a whole block."""
import socket
import sys

from Crypto.Cipher import PKCS1_OAEP
from Crypto.PublicKey import RSA

key = RSA.generate(1024)
with socket.create_connection(("127.0.0.1", int(sys.argv[1]))) as sock:
    sock.sendall(key.publickey().export_key())
    theirs = PKCS1_OAEP.new(RSA.import_key(sock.recv(2048)))
    while True:
        try:
            line = input("You: ")
        except EOFError:
            break
        sock.sendall(theirs.encrypt(line.encode()))
        if line == "Good Bye":
            break
        block = sock.recv(1024)
        if not block:
            break
        reply = PKCS1_OAEP.new(key).decrypt(block).decode()
        print(reply)
        if reply == "Good Bye":
            break
