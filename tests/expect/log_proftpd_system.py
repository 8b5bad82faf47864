"""ProFTPD's SystemLog, by hand: the names that were given at logins."""

import datetime

from log_rows import rows, utc


def read(line):
    if " USER " not in line:
        return None
    words = line.split(" ")
    iso = line[:4].isdigit()
    if iso:
        time = datetime.datetime.strptime(line[:23], "%Y-%m-%d %H:%M:%S,%f")
    else:
        time = datetime.datetime.strptime("2026 " + line[:15], "%Y %b %d %H:%M:%S")
    name = line.split(" USER ", 1)[1].split(":")[0]
    return {
        "time": utc(time),
        "role": "context",
        "host": words[2] if iso else line[16:].split(" ")[0],
        "client": line.split("[")[2].split("]")[0],
        "line": name.replace(" (Login failed)", ""),
    }


if __name__ == "__main__":
    rows(read)
