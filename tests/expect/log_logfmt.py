"""logfmt, letter by letter: words of `key=value`, a value with blanks in quotes."""

from log_json import said
from log_rows import rows


def pairs(line):
    """Escapes are kept as they are written."""
    at = 0
    while at < len(line):
        key, at = "", at
        while line[at] != "=":
            key, at = key + line[at], at + 1
        value, at = "", at + 1
        if line[at:at + 1] == '"':
            at += 1
            while line[at] != '"':
                step = 2 if line[at] == "\\" else 1
                value, at = value + line[at:at + step], at + step
            at += 1
        else:
            while at < len(line) and line[at] != " ":
                value, at = value + line[at], at + 1
        at += 1
        yield key, value


def read(line):
    return said(list(pairs(line)))


if __name__ == "__main__":
    rows(read)
