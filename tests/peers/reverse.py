"""Reverse echo (seed 002): a write a turn, no newline, until "end" in any case, which is answered too.

    client HOST PORT TEXT...        server HOST PORT
"""

import peer


def client(host, port, *texts):
    with peer.connect(host, port) as s:
        for text in texts:
            s.sendall(text.encode())
            reply = s.recv(1024).decode()
            print("Client received:", reply)
            if text.lower() == "end":
                peer.expect_end(s)
                return


def server(host, port):
    with peer.listen(host, port) as listener:
        s, _ = listener.accept()
        with s:
            while text := s.recv(1024).decode():
                print("Server received:", text)
                s.sendall(text[::-1].encode())
                print("Server sent:", text[::-1], flush=True)
                if text.lower() == "end":
                    return
            print("the other side closed")


peer.main(client, server)
