"""nginx's error log, by hand: `date time [level] pid#tid: *connection what, client: address, server: name, …`."""

import datetime

from log_rows import rows, utc


def read(line):
    day, clock, _level, _process, rest = line.split(" ", 4)
    number, _, text = rest.partition(" ")
    client = text.rpartition(", client: ")[2].split(", ")[0] if ", client: " in text else None
    return {
        "time": utc(datetime.datetime.strptime(f"{day} {clock}", "%Y/%m/%d %H:%M:%S")),
        "client": client,
        "line": text if number.startswith("*") else rest,
    }


if __name__ == "__main__":
    rows(read)
