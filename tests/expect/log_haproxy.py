"""HAProxy's HTTP log behind syslog's prefix, word by word."""

import datetime

from log_rows import rows, utc


def read(line):
    prefix, _, message = line.partition(": ")
    month, day, clock, host, _ = prefix.split()
    row = {
        "time": utc(datetime.datetime.strptime(f"2026 {month} {day} {clock}", "%Y %b %d %H:%M:%S")),
        "host": host,
    }
    words = message.split(" ")
    if not message.endswith('"') or len(words) < 12:
        return {**row, "role": "context", "line": message}
    http, size, state = words[5], words[6].lstrip("+"), words[9]
    captured = " ".join(words[12:])
    captured, _, request = captured[:-1].rpartition('"')
    row |= {"client": words[0].rpartition(":")[0], "agent": captured.strip()}
    pieces = request.split(" ")
    if len(pieces) < 3:
        return {**row, "path": request, "status": http, "bytes": size}
    path, _, query = pieces[1].partition("?")
    row |= {"path": path, "query": query}
    if pieces[0] == "HEAD":
        return {**row, "status": "failed"}
    partly = state[0] in "CS" and state[1] == "D"
    return {**row, "bytes": size, "status": "partial" if partly else http}


if __name__ == "__main__":
    rows(read)
