"""Reads mail with Python's own poplib.

    pop3_client.py HOST PORT
"""

import poplib
import sys

s = poplib.POP3(sys.argv[1], int(sys.argv[2]))
print(s.getwelcome())
print(s.user("ann"))
try:
    s.pass_("open")
except poplib.error_proto as refused:
    print("refused:", refused)
print(s.pass_("sesame"))
print(s.stat())
print(s.list())
print(s.retr(2))
try:
    s.retr(3)
except poplib.error_proto as refused:
    print("refused:", refused)
print(s.quit())
