"""The server of docs/check.md's course, as a student may hand it in: it takes one recv for one line.

    adds.py PORT
"""

import socket
import sys
import threading


def serve(connection):
    while True:
        request = connection.recv(1024).decode()
        if not request:
            break
        words = request.split()
        if words[0] == "ADD":
            reply = f"SUM {int(words[1]) + int(words[2])}"
        elif words[0] == "QUIT":
            reply = "BYE"
        else:
            reply = "WHAT"
        connection.sendall((reply + "\n").encode())
        if reply == "BYE":
            break
    connection.close()


listener = socket.socket()
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind(("127.0.0.1", int(sys.argv[1])))
listener.listen()
while True:
    connection, _ = listener.accept()
    threading.Thread(target=serve, args=[connection]).start()
