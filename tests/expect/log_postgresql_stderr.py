"""The server's log as text, with Debian's prefix: `2026-11-21 23:59:10.878 UTC [8981] user@database LOG:  message`."""

import datetime

from log_rows import rows, utc
from postgresql import said


current = {}


def read(line):
    """A record goes on behind a tab; pgaudit writes at its end how many rows there were."""
    if line.startswith("\t"):
        counted = line.rpartition(",<not logged>,")[2] if ",<not logged>," in line else None
        return {**current, "statement": line, "records": counted}
    head, _, message = line.partition(":  ")
    words = head.split(" ")
    user = words[4].split("@")[0] if len(words) == 6 else None
    moment = datetime.datetime.strptime(" ".join(words[:3]), "%Y-%m-%d %H:%M:%S.%f UTC")
    row = {
        "time": utc(moment, datetime.timezone.utc),
        "thread": words[3].strip("[]"),
        "user": None if user == "[unknown]" else user,
    }
    told = said(words[-1], message, lambda text: text)
    opens = "statement" in told and not message.startswith("AUDIT: ")
    current.clear()
    current.update({**row, **told, **({"role": "open"} if opens else {})})
    return dict(current)


if __name__ == "__main__":
    rows(read)
