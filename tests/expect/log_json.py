"""What applications write as JSON lines, by Python's json: names that are known, and all other values in their order."""

import datetime

from log_rows import raw_json, rows, utc

NAMES = {
    "time": ("time", "timestamp", "@timestamp", "ts"),
    "user": ("user", "username", "user.name", "account"),
    "client": ("ip", "client_ip", "client.ip"),
    "message": ("message", "msg"),
    "path": ("file", "path"),
    "records": ("rows", "row_count"),
}
ERRORS = ("level", "log.level")
RESULTS = ("result", "event.outcome")


def flat(value, keys=()):
    """Keys that lead to a value, and the value as it is written; what is in a list has the keys of the list."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from flat(inner, (*keys, key))
    elif isinstance(value, list):
        for inner in value:
            yield from flat(inner, keys)
    else:
        words = "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
        yield ".".join(keys), words


def moment(text):
    if text.replace(".", "").isdigit():
        seconds = float(text) / (1000 if len(text.split(".")[0]) == 13 else 1)
        return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)
    return datetime.datetime.fromisoformat(text)


def read(line):
    return said(list(flat(raw_json(line))))


def said(pairs, moment=moment, names=NAMES):
    of = dict(pairs)
    row = {part: next((of[name] for name in of_part if of.get(name)), None) for part, of_part in names.items()}
    row["time"] = utc(moment(row["time"]))
    result = next((of[name] for name in RESULTS if name in of), None)
    # What decides is named by it, and all that nothing names is text of unknown meaning.
    named = {name for part, of_part in names.items() if part != "records" for name in of_part}
    if any(of.get(name) == "error" for name in ERRORS):
        named.update(ERRORS)
        row.update(status="failed", records=None)
    elif result in ("denied", "失敗"):
        named.update(RESULTS)
        row.update(status="failed", records=None)
    elif row["records"]:
        named.update(names["records"])
        row["status"] = "done"
    elif result in ("success", "ok"):
        named.update(RESULTS)
        row["status"] = "done"
    rest = [value for name, value in pairs if name not in named and value]
    return {**row, "line": " ".join(rest)}


if __name__ == "__main__":
    rows(read)
