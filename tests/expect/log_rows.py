"""What the readers of single logs share: local time to UTC, and the list of rows on stdout."""

import datetime
import json
import re
import sys

TAIPEI = datetime.timezone(datetime.timedelta(hours=8))


def utc(moment, zone=TAIPEI):
    """RFC 3339 in UTC, with microseconds only where there are any."""
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=zone)
    text = moment.astimezone(datetime.timezone.utc).isoformat(timespec="microseconds")
    return text.replace("+00:00", "Z").replace(".000000", "")


def raw_json(line):
    """An object of a line whose texts are as they are written, escapes and all."""
    keep = lambda found: "\\\\" + (found[0] if found[0] in ('\\"', "\\\\") else found[0][1:])
    return json.loads(re.sub(r"\\.", keep, line), strict=False)


def collect(read, path, errors="replace"):
    """What `read(line)` says of each line of a file: a dict of texts, or None for nothing. `at` is the line's number."""
    out = []
    with open(path, "rb") as log:
        for number, raw in enumerate(log.read().split(b"\n"), 1):
            line = raw.decode("utf-8", errors).rstrip("\r")
            row = read(line) if line.strip() and not line.startswith("#") else None
            row = {name: str(value) for name, value in (row or {}).items() if value not in (None, "", "-")}
            # Where and when alone is nothing said.
            if row.keys() - {"time", "host", "role", "thread"}:
                out.append(dict(sorted({**row, "at": str(number)}.items())))
    return out


def rows(read):
    """Prints it of the file that is named."""
    json.dump(collect(read, sys.argv[1]), sys.stdout, ensure_ascii=False)
