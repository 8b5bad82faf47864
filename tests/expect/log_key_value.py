"""A time, a word, and pairs as logfmt has them."""

import datetime

from log_logfmt import pairs
from log_rows import rows, utc

NAMES = {"user": ("user", "account"), "client": ("ip",), "message": ("action", "event"), "path": ("file",), "records": ("rows", "筆數")}


def read(line):
    day, clock, _, rest = line.split(" ", 3)
    of = dict(pairs(rest))
    row = {part: next((of[name] for name in names if name in of), None) for part, names in NAMES.items()}
    row["time"] = utc(datetime.datetime.strptime(day + " " + clock, "%Y-%m-%d %H:%M:%S,%f"))
    if of.get("result") == "denied":
        row["status"] = "failed"
    elif row["records"] or of.get("result") == "ok":
        row["status"] = "done"
    return row


rows(read)
