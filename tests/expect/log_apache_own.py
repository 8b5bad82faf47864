"""Apache's log by the string in tests/formats/log_strings.rs: words from both ends, and what is between by what it must be."""

import datetime
import re

from log_rows import rows
from log_web_string import row

LINE = re.compile(
    r"\[(?P<time>[^]]*)\] (?P<client>\S+) \S+ \S+ (?P<body>\d+) \S+ (?P<cookie>.*?) \d+ (?:[\w@-]{27}|-) (?:/.*|-) \S+ HTTP/\S+"
    r' "[^"]*" \d+ - \S+ (?P<method>[A-Z]+) - "(?P<attachment>(?:[^"\\]|\\.)*)" 80 \d+ \d+ \d+ (?P<query>(?:\?\S*)?) \S+'
    r" \d+ (?P<status>\d+) \d+ \d+ (?P<user>.*) (?P<path>/.*) www\.agency\.gov\.tw \S+ (?P<end>[X+-]) \d+ (?P<sent>\d+) \d+ -"
    r" (?P<referrer>.*) 100%"
)


def read(line):
    said = LINE.fullmatch(line).groupdict()
    said["bytes"] = min(int(said["body"]), int(said["sent"]))
    said["query"] = said["query"].removeprefix("?")
    said["aborted"] = said["end"] == "X"
    return row(said, datetime.datetime.strptime(said["time"], "%d/%b/%Y %H:%M:%S.%f %z"))


if __name__ == "__main__":
    rows(read)
