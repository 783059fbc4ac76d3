"""A server whose bytes, and whose words on its terminal, try to be markup, to steer a terminal and to end a report.

    hostile.py PORT
"""

import socket
import sys

EVIL = (
    b'\x00\x01\x1b[2J"\'><script>document.title="taken"</script></pre></svg><img src="http://127.0.0.1:9/x" onerror="throw 1">'
    b"]]>--><!ENTITY x>&amp;\x08\x1b]0;taken\x07\x1b[2J\xff\xfe\xc2\x85\xe2\x80\xae\xef\xbf\xbf\xf0\x9f\x90\x9f"
)

listener = socket.socket()
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind(("127.0.0.1", int(sys.argv[1])))
listener.listen(16)
sys.stdout.buffer.write(EVIL + b"\n")
sys.stdout.flush()
while True:
    connection, _ = listener.accept()
    if connection.recv(4096):
        connection.sendall(EVIL)
    connection.close()
    sys.stdout.buffer.write(b"Error: " + EVIL + b"\n")
    sys.stdout.flush()
