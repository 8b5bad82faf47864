"""nginx's log by the string in tests/formats/log_strings.rs: fields apart by bars."""

import datetime

from log_rows import rows
from log_web_string import row


def read(line):
    moment, _, client, user, method, target, status, sent, agent, cookie, _, _, end = line.split("|")
    path, mark, query = target.partition("?")
    said = {
        "client": client,
        "user": user,
        "method": method,
        "path": path if mark else path.removesuffix("-"),
        "query": query,
        "status": status,
        "bytes": sent,
        "agent": agent[1:-1],
        "aborted": end != "OK;",
    }
    return row(said, datetime.datetime.fromtimestamp(float(moment), datetime.timezone.utc))


if __name__ == "__main__":
    rows(read)
