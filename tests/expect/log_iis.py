"""IIS: the columns as the last `#Fields:` line names them; UTC."""

import datetime
import sys

from log_rows import rows, utc

fields = {}
names = []
with open(sys.argv[1], encoding="utf-8") as log:
    for number, line in enumerate(log, 1):
        if line.startswith("#Fields: "):
            names = line.split()[1:]
        fields[line.rstrip("\n")] = names

GONE = ("64", "995", "1236")


def read(line):
    at = dict(zip(fields[line], line.split(" "), strict=True))
    moment = datetime.datetime.fromisoformat(at["date"] + " " + at["time"])
    answered = at["sc-status"].startswith("2")
    row = {
        "time": utc(moment, datetime.timezone.utc),
        "client": at["c-ip"],
        "path": at["cs-uri-stem"],
        "query": at["cs-uri-query"],
        "agent": at["cs(User-Agent)"],
        "referrer": at.get("cs(Referer)"),
    }
    if at["cs-method"] == "HEAD":
        return {**row, "status": "failed"}
    partly = at["sc-status"] in ("200", "206") and at["sc-win32-status"] in GONE
    return {
        **row,
        "user": at["cs-username"] if answered else None,
        "bytes": at.get("sc-bytes"),
        "status": "partial" if partly else at["sc-status"],
    }


if __name__ == "__main__":
    rows(read)
