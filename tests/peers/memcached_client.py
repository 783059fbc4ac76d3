"""The text protocol of memcached as its clients speak it: set and get, a byte count before the data.

    memcached_client.py HOST PORT
"""

import sys

import peer

with peer.connect(sys.argv[1], int(sys.argv[2])) as s, s.makefile("rb") as replies:

    def store(key, flags, data):
        s.sendall(b"set %b %d 0 %d\r\n%b\r\n" % (key, flags, len(data), data))
        print(replies.readline())

    def fetch(key):
        s.sendall(b"get %b\r\n" % key)
        while (line := replies.readline()) != b"END\r\n":
            word, found, flags, size = line.split()
            print(word, found, flags, replies.read(int(size) + 2))
        print("END")

    fetch(b"nothing")
    store(b"greeting", 7, b"hello world")
    fetch(b"greeting")
    store(b"greeting", 0, b"two\r\nlines\r\n")
    store(b"empty", 1, b"")
    fetch(b"greeting")
    fetch(b"empty")
    s.sendall(b"what\r\n")
    print(replies.readline())
    s.sendall(b"quit\r\n")
    print(replies.read())
