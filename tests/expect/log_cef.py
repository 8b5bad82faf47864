"""CEF as ArcSight's implementation guide has it: seven fields between bars, then pairs whose values may hold blanks."""

import datetime
import re

from log_cef_stamp import stamp
from log_rows import rows, utc

KEY = re.compile(r"(?:^|(?<=[ \t]))([\w.\[\]-]+)=")
NAMED = {"rt", "end", "start", "suser", "suid", "src", "filePath", "fname", "request", "msg", "out", "rows", "outcome"}
DONE = {"success", "成功"}
FAILED = {"failure", "失敗"}


def bars(text):
    """The seven fields of the header and the rest; a bar with a backslash before it is a character."""
    fields = re.findall(r"((?:\\.|[^\\|])*)(?:\||$)", text)[:7]
    return fields, text[sum(len(field) + 1 for field in fields):]


def pairs(text):
    found = list(KEY.finditer(text))
    ends = [after.start() for after in found[1:]] + [len(text)]
    of = {key[1]: text[key.end():end].strip() for key, end in zip(found, ends)}
    for key in [key for key in of if key.endswith("Label") and key[:-5] in of]:
        of[of.pop(key)] = of.pop(key[:-5])
    return of


def read(line):
    prefix, event = re.match(r"(.*?)(CEF:.*)", line).groups()
    fields, rest = bars(event)
    of = pairs(rest)
    row = {
        "user": next((of[key] for key in ("suser", "suid") if of.get(key)), None),
        "client": of.get("src"),
        "path": of.get("filePath") or of.get("fname"),
        "query": of.get("request"),
        "message": of.get("msg") or fields[5],
        "bytes": of.get("out"),
        "records": of.get("rows"),
    }
    when = of.get("rt") or of.get("end")
    if when:
        row["time"] = utc(stamp(when))
    if len(prefix.split()) == 2:
        clock, row["host"] = prefix.split()
        row.setdefault("time", utc(datetime.datetime.fromisoformat(clock)))
    if of.get("act") == "blocked" or of.get("outcome") in FAILED:
        row["status"] = "failed"
    elif of.get("outcome") in DONE:
        row["status"] = "done"
    # What decides is named by it; all other values are text of unknown meaning.
    named = NAMED | ({"act"} if of.get("act") == "blocked" else set())
    # Of two names for one thing the second is a value like others.
    twins = (("suser", "suid"), ("filePath", "fname"), ("rt", "end"), ("rt", "start"))
    named -= {second for first, second in twins if of.get(first)}
    unnamed = [fields[5]] if of.get("msg") else []
    unnamed += [value for key, value in of.items() if key not in named and value]
    return {**row, "line": " ".join(unnamed)}


if __name__ == "__main__":
    rows(read)
