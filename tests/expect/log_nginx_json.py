"""nginx's JSON access logs, by Python's json; the names of the fields differ from file to file."""

import datetime

from log_rows import raw_json, rows, utc


def first(of, *names):
    return next((str(of[name]) for name in names if of.get(name) not in (None, "")), "")


def moment(of):
    if "time_local" in of:
        return datetime.datetime.strptime(of["time_local"], "%d/%b/%Y:%H:%M:%S %z")
    if "msec" in of:
        return datetime.datetime.fromtimestamp(float(of["msec"]), datetime.timezone.utc)
    return datetime.datetime.fromisoformat(first(of, "time", "time_iso8601"))


def target(of):
    """Method, path and query."""
    if "request" in of:
        words = of["request"].split(" ")
        if len(words) != 3:
            return "", of["request"], ""
        method, whole = words[0], words[1]
    else:
        method = first(of, "method", "request_method")
        whole = of["request_uri"] if "request_uri" in of else of["uri"]
        if "request_uri" not in of and of.get("args"):
            return method, whole, of["args"]
    path, _, query = whole.partition("?")
    return method, path, query


def read(line):
    of = raw_json(line)
    method, path, query = target(of)
    status = str(of["status"])
    row = {
        "time": utc(moment(of)),
        "client": first(of, "remote_addr", "client"),
        "path": path,
        "query": query,
        "referrer": first(of, "referer", "http_referer", "http_referrer"),
        "agent": first(of, "ua", "http_user_agent"),
    }
    if method == "HEAD":
        return {**row, "status": "failed"}
    completion = of.get("completion", of.get("request_completion", "OK"))
    return {
        **row,
        "user": first(of, "remote_user", "user") if status[0] == "2" else None,
        "attachment": of.get("disp"),
        "bytes": first(of, "bytes", "body_bytes_sent", "bytes_sent"),
        "status": "partial" if completion == "" and status in ("200", "206") else status,
    }


if __name__ == "__main__":
    rows(read)
