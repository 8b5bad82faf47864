"""The prefix of syslog lines, by hand: RFC 3164 (samples of 2026), RFC 3339 with a tag, RFC 5424."""

import datetime
from collections import namedtuple

from log_rows import utc

Prefix = namedtuple("Prefix", "time host program pid message")


def prefix(line):
    """What stands before the message, and the message without blanks before it."""
    if line.startswith("<"):
        # <prio>1 time host program pid msgid - message
        _, time, host, program, pid, _, _, message = line.split(" ", 7)
        return Prefix(utc(datetime.datetime.fromisoformat(time)), host, program, pid, message.lstrip(" "))
    if line[:4].isdigit():
        time, host, tag, message = line.split(" ", 3)
        time = datetime.datetime.fromisoformat(time)
    else:
        time = datetime.datetime.strptime("2026 " + line[:15], "%Y %b %d %H:%M:%S")
        host, tag, message = line[16:].split(" ", 2)
    program, _, pid = tag.rstrip(":").rstrip("]").partition("[")
    return Prefix(utc(time), host, program, pid, message.lstrip(" "))


def is_address(text):
    """Whether a client is named by its address."""
    return bool(text) and all(c in "0123456789abcdef.:" for c in text.lower()) and not text.isalpha()


def who(user, client, nobody=("?", "ftp", "anonymous")):
    """User and client: a name of a host counts only where no user is known."""
    user = None if user in nobody else user
    return {"user": user, "client": client if is_address(client) or not user else None}
