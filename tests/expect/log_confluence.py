"""Confluence's access log, word by word."""

import datetime

from log_rows import rows, utc


def read(line):
    words = line.split(" ", 12)
    day, zone, user, _, client, method, target, _, http, _, size, referrer, agent = words
    moment = datetime.datetime.strptime(day + " " + zone, "[%d/%b/%Y:%H:%M:%S %z]")
    path, _, query = target.partition("?")
    row = {"time": utc(moment), "client": client, "path": path, "query": query}
    row |= {"referrer": referrer, "agent": agent}
    if method == "HEAD":
        return {**row, "status": "failed"}
    return {**row, "user": user if http[0] == "2" else None, "bytes": size, "status": http}


if __name__ == "__main__":
    rows(read)
