"""xferlog(5), by hand: 24 bytes of time, then words, of which the fifth is the name (blanks are written `_`)."""

import datetime

from log_prefix import who
from log_rows import rows, utc


def read(line):
    _, client, size, path, _, _, direction, mode, user, _, _, _, complete = line[25:].split(" ")
    if direction == "i":
        return None
    row = {
        "time": utc(datetime.datetime.strptime(line[:24], "%a %b %d %H:%M:%S %Y")),
        "path": path,
        **who(None if mode == "a" else user, client),
    }
    if direction == "d":
        row["status"] = "deleted" if complete == "c" else "failed"
    else:
        row["bytes"] = size
        row["status"] = "failed" if size == "0" else {"c": "done", "i": "partial"}[complete]
    return row


if __name__ == "__main__":
    rows(read)
