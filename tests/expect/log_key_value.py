"""A time, a word, and pairs as logfmt has them."""

import datetime

from log_json import said
from log_logfmt import pairs
from log_rows import rows

NAMES = {
    "time": ("stamp",),
    "user": ("user", "account"),
    "client": ("ip",),
    "message": ("action", "event"),
    "path": ("file",),
    "records": ("rows", "筆數"),
}


def moment(text):
    return datetime.datetime.strptime(text, "%Y-%m-%d %H:%M:%S,%f")


def read(line):
    day, clock, word, rest = line.split(" ", 3)
    return said([("stamp", f"{day} {clock}"), *pairs(rest), ("word", word)], moment, NAMES)


if __name__ == "__main__":
    rows(read)
