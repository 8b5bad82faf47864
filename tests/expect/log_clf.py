"""Access logs of nginx and Apache, by hand, read from their right end: `"request" status bytes "referrer" "agent"` comes
behind the time, and `[vhost] client ident user` before it, of which user names may hold blanks."""

import datetime
import re

from log_rows import rows, utc

QUOTED = r'"((?:[^"\\]|\\.)*)"'


def target(request):
    """Method, path and query; what is no request is a path as a whole."""
    words = request.split(" ")
    if len(words) != 3 or not words[2].startswith("HTTP/"):
        return None, request, None
    path, _, query = words[1].partition("?")
    return words[0], path, query


def who(head):
    """Client and user. A virtual host before them has a port or a dot, and is followed by an address."""
    words = head.split(" ")
    if len(words) > 1 and re.fullmatch(r"[\d.]+|[0-9a-f:]*:[0-9a-f:]*", words[1]):
        words = words[1:]
    return words[0], " ".join(words[2:])


def read(line):
    head, rest = line.split(" [", 1)
    time, rest = rest.split('] "', 1)
    request, tail = re.match(r'((?:[^"\\]|\\.)*)" (.*)', rest).groups()
    method, path, query = target(request)
    status, count = tail.split(" ")[:2]
    texts = re.match(rf"\d+ (?:\d+|-) {QUOTED} {QUOTED}", tail)
    client, user = who(head)
    return {
        "time": utc(datetime.datetime.strptime(time, "%d/%b/%Y:%H:%M:%S %z")),
        "client": client,
        "user": user if status.startswith("2") else None,
        "path": path,
        "query": query,
        "referrer": texts and texts[1],
        "agent": texts and texts[2],
        "status": status,
        "bytes": "0" if method == "HEAD" else count,
    }


if __name__ == "__main__":
    rows(read)
