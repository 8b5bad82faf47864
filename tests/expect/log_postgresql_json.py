"""jsonlog by Python's json."""

import datetime
import json

from log_rows import rows, utc
from postgresql import said


def read(line):
    of = json.loads(line)
    moment = datetime.datetime.strptime(of["timestamp"], "%Y-%m-%d %H:%M:%S.%f UTC")
    row = {
        "time": utc(moment, datetime.timezone.utc),
        "thread": "-".join([of["session_id"], *of.get("vxid", "").split("/")]).rstrip("-"),
        "user": of.get("user"),
        "client": of.get("remote_host"),
    }
    write = lambda text: json.dumps(text, ensure_ascii=False)[1:-1]
    return {**row, **said(of["error_severity"], of["message"], write)}


if __name__ == "__main__":
    rows(read)
