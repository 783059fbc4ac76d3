"""Sends mail with Python's own smtplib.

    smtp_client.py HOST PORT
"""

import smtplib
import sys

MAIL = "Subject: dots\r\n\r\nfirst\r\n.hidden\r\n..\r\nlast\r\n"

with smtplib.SMTP(sys.argv[1], int(sys.argv[2]), local_hostname="client.example") as s:
    print("refused:", s.sendmail("ann@example", ["bob@example", "cat@example"], MAIL))
    print("refused:", s.sendmail("ann@example", ["bob@example"], "Subject: again\r\n\r\n"))
    print("rcpt before mail:", s.rcpt("bob@example"))
    print("verify:", s.verify("bob"))
    print("noop:", s.noop())
