"""Sum, JSON (seed 001): one object each way; out of range the server closes without a word and stops.

    client HOST PORT NAME NUMBER        server HOST PORT NAME NUMBER SUM

SUM: `none` (as the original program: no sum is sent), `right`, or `wrong` (the sum is one too much).
"""

import json

import peer


def show(asked, answered):
    print(f"Client Name: {asked['client_name']} | Server Name: {answered['server_name']}")
    number, mine = asked["client_number"], answered["server_number"]
    print(f"Client Number: {number} | Server Number: {mine} | Sum: {number + mine}", flush=True)


def client(host, port, name, number):
    with peer.connect(host, port) as s:
        asked = {"client_name": name, "client_number": int(number)}
        s.sendall(json.dumps(asked).encode())
        reply = s.recv(1024).decode()
        if not reply:
            print("the server closed without a word")
            return
        answered = json.loads(reply)
        show(asked, answered)
        print("the server's sum:", answered.get("sum"))
        peer.expect_end(s)


def server(host, port, name, mine, sum_sent):
    with peer.listen(host, port) as listener:
        while True:
            s, _ = listener.accept()
            with s:
                asked = json.loads(s.recv(1024).decode())
                number = asked["client_number"]
                if not 1 <= number <= 100:
                    return
                answered = {"server_name": name, "server_number": int(mine)}
                if sum_sent != "none":
                    answered["sum"] = number + int(mine) + (sum_sent == "wrong")
                s.sendall(json.dumps(answered).encode())
                show(asked, answered)


peer.main(client, server)
