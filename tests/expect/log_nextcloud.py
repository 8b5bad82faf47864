"""audit.log of Nextcloud, by hand. The message is taken as it is written, with its escapes; the rest from the object."""

import datetime
import json

from log_prefix import is_address
from log_rows import rows, utc


def message(line):
    """The bytes of the value of `message`, between its quotes."""
    start = at = line.index('"message":"') + len('"message":"')
    while line[at] != '"':
        at += 2 if line[at] == "\\" else 1
    return line[start:at]


def read(line):
    entry = json.loads(line)
    try:
        time = datetime.datetime.fromisoformat(entry["time"])
    except ValueError:
        time = datetime.datetime.strptime(entry["time"], "%B %d, %Y %H:%M:%S")
        time = time.replace(tzinfo=datetime.timezone.utc)
    row = {
        "time": utc(time),
        "user": None if entry["user"] == "--" else entry["user"],
        "client": entry["remoteAddr"] if is_address(entry["remoteAddr"]) else None,
    }
    text = message(line)
    if entry["app"] == "admin_audit":
        for said, status in (("accessed", "done"), ("deleted", "deleted")):
            before, found, path = text.partition(f' {said}: \\"')
            if found and before.startswith("File") and before.count(" ") in (0, 3):
                return {**row, "path": path[:-2], "status": status}
        if text.endswith(" deleted from trash bin."):
            return {**row, "path": text.split('\\"', 1)[1].rsplit('\\"', 1)[0], "status": "deleted"}
        changed = ("created: ", "written to: ", "updated: ", "copied: ", "renamed: ", "File renamed with id ")
        if text.startswith(("Preview accessed: ", "File id copied", "Cache entry ")) or any(
            word in text[:60] for word in changed
        ):
            return {**row, "role": "context"}
    return {**row, "role": "context", "line": text}


if __name__ == "__main__":
    rows(read)
