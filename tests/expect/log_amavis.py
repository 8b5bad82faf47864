"""amavisd-new in syslog, by hand: `(id) Passed|Blocked WORD (names) {actions}, FLAGS [ip]:port [ip] <s> -> <r>,<r>,
Name: value, …`. The year is that of the samples."""

import datetime

from log_rows import rows, utc

NOISE = ("TIMING", "virus_scan:", "NOTICE:")


def value(text, name):
    """What stands behind ` Name: `, up to a comma."""
    return text.split(f" {name}: ", 1)[1].split(",")[0] if f" {name}: " in text else None


def quoted(text):
    out, at = "", 0
    while text[at] != '"':
        step = 2 if text[at] == "\\" else 1
        out += text[at : at + step]
        at += step
    return out


def addresses(text):
    """`<a>,<b>` at the beginning, whatever follows."""
    found = []
    while text.startswith("<"):
        one, text = text[1:].split(">", 1)
        found.append(one)
        if not text.startswith(",<"):
            break
        text = text[1:]
    return found


def verdict(text, own):
    head, rest = text.split(" -> ", 1)
    row = {
        "role": "outcome",
        "sender": head.rsplit("<", 1)[1].rstrip(">"),
        "recipient": " ".join(addresses(rest)),
        "thread": value(rest, "Queue-ID") or own,
        "client": head.split("[", 1)[1].split("]")[0],
    }
    if " BANNED (" in head:
        row["attachment"] = head.split(" BANNED (", 1)[1].rsplit(") {", 1)[0]
    if ' Subject: "' in rest:
        row["subject"] = quoted(rest.split(' Subject: "', 1)[1])
    if text.startswith("Blocked"):
        row["status"] = "deferred" if "{TempFailed" in head else "rejected"
    else:
        row["next"] = value(rest, "queued_as")
        row["status"] = "sent" if row["next"] else "deferred"
    return row


def read(line):
    words = line.split(" ", 5)
    time = datetime.datetime.strptime("2026 " + " ".join(words[:3]), "%Y %b %d %H:%M:%S")
    row = {"time": utc(time), "host": words[3]}
    message = words[5]
    if not message.startswith("("):
        return None
    own, text = message[1:].split(") ", 1)
    if text.startswith(("Passed", "Blocked")):
        return {**row, **verdict(text, own)}
    row["thread"] = own
    if text.startswith("LMTP:"):
        return {**row, "role": "open", "sender": addresses("<" + text.split("<", 1)[1])[0]}
    if text.startswith(NOISE):
        return None
    if ", name: " in text:
        row["attachment"] = text.split(", name: ", 1)[1]
        return row if row["attachment"] else None
    # A header of the message, a warning: text of unknown meaning.
    return {**row, "line": text}


if __name__ == "__main__":
    rows(read)
