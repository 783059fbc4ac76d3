"""Lobby that gives nobody what was told before."""

import socket
import sys
import threading

KEPT = 20
LINE_BYTES_MAX = 64 * 1024

lock = threading.Lock()


class Room:
    def __init__(self):
        self.members = []
        self.kept = []


rooms = {}


class Client:
    def __init__(self, conn, lines):
        self.conn = conn
        self.lines = lines
        self.nick = ""
        self.where = "lobby"

    def hear(self):
        line = self.lines.readline(LINE_BYTES_MAX)
        if not line.endswith(b"\n"):
            return None
        return line[:-1].removesuffix(b"\r").decode()

    def say(self, text):
        try:
            self.conn.sendall(text.encode() + b"\n")
        except OSError:
            pass  # it has left, which its own thread notices

    def tell(self, text):
        with lock:
            room = rooms.setdefault(self.where, Room())
            room.kept = [*room.kept, (self, text)][-KEPT:]
            for member in room.members:
                if member is not self:
                    member.say(text)

    def enter(self):
        with lock:
            room = rooms.setdefault(self.where, Room())
            room.members.append(self)

    def leave(self):
        with lock:
            room = rooms.get(self.where)
            if room and self in room.members:
                room.members.remove(self)

    def talk(self):
        nick = self.hear()
        if nick is None or not nick or " " in nick:
            return
        self.nick = nick
        self.tell(f"* {nick} is here")
        self.say(f"Welcome, {nick}. /q leaves.")
        self.enter()
        while (line := self.hear()) is not None:
            if line == "/q":
                self.leave()
                self.tell(f"* {nick} left")
                return
            if line == "/who":
                with lock:
                    for member in rooms[self.where].members:
                        self.say(member.nick)
            elif line.startswith("/join ") and line[6:] and " " not in line[6:]:
                name = line[6:]
                self.tell(f"* {nick} left for {name}")
                self.leave()
                self.where = name
                self.tell(f"* {nick} is here")
                self.enter()
            else:
                self.tell(f"<{nick}> {line}")
        self.leave()
        self.tell(f"* {nick} is gone")


def serve(conn):
    with conn, conn.makefile("rb") as lines:
        client = Client(conn, lines)
        try:
            client.talk()
        except (OSError, UnicodeDecodeError):
            client.leave()
            client.tell(f"* {client.nick} is gone")


def main():
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 7300
    with socket.create_server(("127.0.0.1", port), backlog=128) as server:
        while True:
            conn, _ = server.accept()
            threading.Thread(target=serve, args=(conn,), daemon=True).start()


if __name__ == "__main__":
    main()
