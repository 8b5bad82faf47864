"""Caddy's log by Python's json: access lines are `handled request`, the others the server's own."""

import datetime

from log_rows import raw_json, rows, utc


def read(line):
    of = raw_json(line)
    row = {"time": utc(datetime.datetime.fromtimestamp(of["ts"], datetime.timezone.utc))}
    if of["msg"] != "handled request":
        return {**row, "role": "context", "line": of["msg"]}
    request = of["request"]
    path, _, query = request["uri"].partition("?")
    headers = request["headers"]
    row |= {
        "client": request.get("client_ip") or request["remote_ip"],
        "path": path,
        "query": query,
        "referrer": " ".join(headers.get("Referer", [])),
        "agent": " ".join(headers.get("User-Agent", [])),
    }
    if request["method"] == "HEAD":
        return {**row, "status": "failed"}
    answered = 200 <= of["status"] < 300
    return {
        **row,
        "user": of["user_id"] if answered else None,
        "attachment": " ".join(of["resp_headers"].get("Content-Disposition", [])),
        "bytes": of["size"],
        "status": of["status"],
    }


if __name__ == "__main__":
    rows(read)
