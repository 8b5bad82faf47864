"""vsftpd.log, by hand: `Sat Nov 21 23:52:55 2026 [pid N] [user] OK DOWNLOAD: Client "ip", "path", 11 bytes, …`."""

import datetime

from log_rows import rows, utc


def read(line):
    time, rest = line[:24], line[25:]
    words = rest.split(" ", 5)
    if len(words) < 6 or words[4] not in ("DOWNLOAD:", "DELETE:"):
        return None
    user, verdict, verb = words[2].strip("[]"), words[3], words[4]
    pieces = words[5].split('"')
    row = {
        "time": utc(datetime.datetime.strptime(time, "%a %b %d %H:%M:%S %Y")),
        "user": None if user in ("ftp", "anonymous") else user,
        "client": pieces[1],
        "path": pieces[3],
    }
    if " bytes" in pieces[4]:
        row["bytes"] = pieces[4].split(" bytes")[0].strip(", ")
    done = {"DOWNLOAD:": "done", "DELETE:": "deleted"}[verb]
    if row.get("bytes") == "0" or (verdict == "FAIL" and "bytes" not in row):
        row["status"] = "failed"
    else:
        row["status"] = done if verdict == "OK" else "partial"
    return row


if __name__ == "__main__":
    rows(read)
