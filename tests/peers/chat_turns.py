"""Chat by turns (seed 003): SYN both ways, then a count of characters and the text, in a write each.

    client HOST PORT TEXT...        server HOST PORT TEXT...

TEXT is what this side's person types, turn by turn; /q leaves. The count is read with one recv(4096), so this
program survives only if the other side keeps its two writes apart: exactly the fault of the original.
"""

import peer


def say(s, text):
    s.sendall(str(len(text)).encode())
    s.sendall(text.encode())


def hear(s):
    count = s.recv(4096).decode()
    if not count:
        print("the other side left", flush=True)
        return False
    print(s.recv(int(count)).decode(), flush=True)
    return True


def client(host, port, *texts):
    with peer.connect(host, port) as s:
        syn = s.recv(4096)
        print(syn.decode())
        s.sendall(syn)
        for text in texts:
            if text == "/q":
                return
            say(s, text)
            if not hear(s):
                return


def server(host, port, *texts):
    with peer.listen(host, port) as listener:
        s, _ = listener.accept()
        with s:
            s.sendall(b"SYN")
            print(s.recv(4096).decode())
            for text in texts:
                if not hear(s) or text == "/q":
                    return
                say(s, text)
            hear(s)


peer.main(client, server)
