"""Encrypted chat by turns (seed 004, project 3): RSA keys as PEM, then one RSA-OAEP block a message.

    client HOST PORT BITS TEXT...        server HOST PORT BITS TEXT...

BITS is the size of this side's key, TEXT what its person types; "Good Bye" is sent and ends both sides.
"""

import peer
from Crypto.Cipher import PKCS1_OAEP
from Crypto.PublicKey import RSA

GOOD_BYE = "Good Bye"


def say(s, theirs, text):
    s.sendall(PKCS1_OAEP.new(theirs).encrypt(text.encode()))
    return text != GOOD_BYE


def hear(s, key):
    block = s.recv(1024)
    if not block:
        print("the other side closed", flush=True)
        return False
    text = PKCS1_OAEP.new(key).decrypt(block).decode()
    print(text, flush=True)
    return text != GOOD_BYE


def client(host, port, bits, *texts):
    key = RSA.generate(int(bits))
    with peer.connect(host, port) as s:
        s.sendall(key.publickey().export_key())
        theirs = RSA.import_key(s.recv(2048))
        print(f"the server's key has {theirs.size_in_bits()} bits", flush=True)
        for text in texts:
            if not say(s, theirs, text) or not hear(s, key):
                return


def server(host, port, bits, *texts):
    key = RSA.generate(int(bits))
    with peer.listen(host, port) as listener:
        s, _ = listener.accept()
        with s:
            theirs = RSA.import_key(s.recv(2048))
            s.sendall(key.publickey().export_key())
            print(f"the client's key has {theirs.size_in_bits()} bits", flush=True)
            for text in texts:
                if not hear(s, key) or not say(s, theirs, text):
                    return
            hear(s, key)


peer.main(client, server)
