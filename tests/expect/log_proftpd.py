"""ProFTPD's ExtendedLog, by hand: `host ident user [time] "VERB name" code bytes`, and with a LogFormat
`time address user "VERB" "path" code bytes …`."""

import datetime

from log_prefix import who
from log_rows import rows, utc

CODES = {"RETR": {"226": "done", "250": "done", "426": "partial", "451": "partial"}, "DELE": {"250": "deleted"}}


def read(line):
    head, _, rest = line.partition('"')
    quoted, _, tail = rest.rpartition('"')
    words = head.split()
    if head.rstrip().endswith("]"):
        client, user, stamp = words[0], words[2], " ".join(words[3:]).strip("[]")
        time = datetime.datetime.strptime(stamp, "%d/%b/%Y:%H:%M:%S %z")
        verb, _, path = quoted.partition(" ")
    else:
        day, clock, client, user = words
        time = datetime.datetime.strptime(day + " " + clock, "%Y-%m-%d %H:%M:%S,%f")
        verb, _, path = quoted.partition('" "')
    code, size = tail.split()[:2]
    if verb not in CODES:
        return None
    row = {"time": utc(time), "path": path, **who(user, client), "status": CODES[verb].get(code, "failed")}
    if verb == "RETR":
        row["bytes"] = size
        if size == "0" or (size == "-" and code in ("426", "451")):
            row["status"] = "failed"
    return row


if __name__ == "__main__":
    rows(read)
