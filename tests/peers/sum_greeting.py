"""Sum, greeting style (seed 000): one write each way, no newline, then the server closes.

    client HOST PORT NAME NUMBER        server HOST PORT NAME
"""

import re

import peer


def client(host, port, name, number):
    with peer.connect(host, port) as s:
        s.sendall(f"Client of {name}: {number}".encode())
        reply = s.recv(1024).decode()
        print("Received from server:")
        print(reply)
        peer.expect_end(s)


def server(host, port, name):
    with peer.listen(host, port) as listener:
        while True:
            s, _ = listener.accept()
            with s:
                caller, number = re.fullmatch(r"Client of (.*): (-?\d+)", s.recv(1024).decode()).groups()
                number = int(number)
                print(f"{caller} connected to Server of {name}")
                print(f"Server: 42; Client: {number}; Combined: {42 + number}", flush=True)
                if not 1 <= number <= 100:
                    s.sendall(f"Server of {name}: 42\nServer closing...".encode())
                    return
                s.sendall(f"Server of {name}: 42".encode())


peer.main(client, server)
