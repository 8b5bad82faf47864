"""LEEF 1.0 and 2.0 as IBM's guide has it: pairs apart by a tabulator, or by what the sixth field of the header says."""

import datetime
import re

from log_cef_stamp import stamp
from log_rows import rows, utc


NAMED = {"devTime", "usrName", "src", "fileName", "url", "msg", "srcBytes", "rows", "outcome"}


def read(line):
    prefix, event = re.match(r"(.*?)(LEEF:.*)", line).groups()
    version, _, _, _, _, rest = event.split("|", 5)
    apart = "\t"
    said = re.match(r"(?:0?x([0-9A-Fa-f]+)|([^=]?))\|", rest) if version == "LEEF:2.0" else None
    if said:
        rest = rest[said.end():]
        apart = chr(int(said[1], 16)) if said[1] else said[2] or apart
    elif "\t" not in rest:
        apart = "#011"
    of = {}
    last = None
    for part in rest.split(apart):
        key, equals, value = part.partition("=")
        if equals:
            last = key.strip()
            of[last] = value
        elif last:
            of[last] += apart + part
    of = {key: value.strip() for key, value in of.items()}
    row = {
        "user": of.get("usrName"),
        "client": of.get("src"),
        "path": of.get("fileName"),
        "query": of.get("url"),
        "message": of.get("msg"),
        "bytes": of.get("srcBytes"),
        "records": of.get("rows"),
    }
    if of.get("devTime"):
        row["time"] = utc(stamp(of["devTime"]))
    if len(prefix.split()) == 2:
        clock, row["host"] = prefix.split()
        row.setdefault("time", utc(datetime.datetime.fromisoformat(clock)))
    if of.get("action") == "blocked" or of.get("outcome") == "failed":
        row["status"] = "failed"
    elif of.get("outcome") == "success":
        row["status"] = "done"
    # What decides is named by it; all other values are text of unknown meaning.
    named = NAMED | ({"action"} if of.get("action") == "blocked" else set())
    rest = " ".join(value for key, value in of.items() if key not in named and value)
    return {**row, "line": rest} if of else None


if __name__ == "__main__":
    rows(read)
