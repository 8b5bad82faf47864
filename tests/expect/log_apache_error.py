"""Apache's error log, by hand: `[time] [module:level] [pid n:tid n] [client address:port] what`."""

import datetime

from log_rows import rows, utc


def read(line):
    time, _level, rest = line[1:].split("] ", 2)
    if rest.startswith("[pid "):
        rest = rest.split("] ", 1)[1]
    client = rest.split("[client ", 1)[1].split("]")[0].rpartition(":")[0] if "[client " in rest else None
    time = datetime.datetime.strptime(time, "%a %b %d %H:%M:%S.%f %Y")
    return {"time": utc(time), "client": client, "line": rest}


if __name__ == "__main__":
    rows(read)
