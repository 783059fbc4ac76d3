"""Message board (seed 004, project 2): POST keeps a note, GET returns all of them and then <<--bye-->>.

    client HOST PORT COMMAND...        server HOST PORT plain|from

With `from` each note comes with its sender's address and port, as the exercise asks and the program does not.
"""

import peer

BYE = "<<--bye-->>"


def client(host, port, *commands):
    with peer.connect(host, port, peer.UDP) as s:
        print("I am", "{}:{}".format(*s.getsockname()))
        for command in commands:
            s.send(command.encode())
            if command == "GET":
                note = s.recv(2048).decode()
                while note != BYE:
                    print(note)
                    note = s.recv(2048).decode()
                print(BYE)


def server(host, port, notes_come):
    notes = []
    with peer.listen(host, port, peer.UDP) as s:
        while True:
            message, caller = s.recvfrom(2048)
            message = message.decode()
            if message == "GET":
                for note in notes:
                    s.sendto(note.encode(), caller)
                s.sendto(BYE.encode(), caller)
            elif message.startswith("POST") and message[5:] != BYE:
                sender = "{}:{} ".format(*caller) if notes_come == "from" else ""
                notes.append(sender + message[5:])


peer.main(client, server)
