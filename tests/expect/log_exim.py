"""Exim's main log, by hand: stamp, perhaps a zone, perhaps `[pid]`, then a message id with a flag, or words about the
server. The samples hold one arrival form, deliveries to plain addresses, and refusals."""

import datetime

from log_rows import rows, utc

FLAGS = {"=>": "sent", "->": "sent", ">>": "sent", "**": "bounced", "==": "deferred"}


def is_id(word):
    return [len(part) for part in word.split("-")] in ([6, 6, 2], [6, 11, 4])


def head(line):
    words = line.split(" ")
    layout = "%Y-%m-%d %H:%M:%S" + (".%f" if "." in words[1] else "")
    time = datetime.datetime.strptime(" ".join(words[:2]), layout)
    words = words[2:]
    if words[0].startswith("["):
        words = words[1:]
    return utc(time), words


def between(text, before, after):
    if before not in text:
        return None
    return text.split(before, 1)[1].split(after, 1)[0]


def subject(text):
    """Up to the quote that no backslash stands before."""
    if ' T="' not in text:
        return None
    rest, out, at = text.split(' T="', 1)[1], "", 0
    while at < len(rest) and rest[at] != '"':
        step = 2 if rest[at] == "\\" else 1
        out += rest[at : at + step]
        at += step
    return out


def arrival(words):
    text = " ".join(words)
    before = text.split(" id=", 1)[0].split(' T="', 1)[0]
    row = {"role": "open", "subject": subject(text)}
    if "[" in before:
        row["client"] = before.rsplit("[", 1)[1].split("]")[0]
    auth = [word for word in before.split(" ") if word.startswith("A=") and ":" in word]
    if auth:
        row["user"] = auth[0].split(":")[1]
    elif " P=local" in before and " U=" in before:
        row["local"] = between(before, " U=", " ")
    elif words[0] != "<>":
        row["sender"] = words[0]
    return row


def read(line):
    if line.startswith(" Suggested action"):
        return None
    time, words = head(line)
    row = {"time": time}
    if not is_id(words[0]):
        text = " ".join(words)
        if " rejected RCPT <" not in text:
            return None
        row["sender"] = between(text, "F=<", ">")
        row["client"] = between(text, "[", "]")
        row["recipient"] = between(text, "rejected RCPT <", ">")
        return {**row, "role": "outcome", "status": "rejected"}
    row["thread"] = words[0]
    if words[1] == "<=":
        return {**row, **arrival(words[2:])}
    if words[1] in FLAGS:
        return {**row, "role": "outcome", "recipient": words[2].rstrip(":"), "status": FLAGS[words[1]]}
    if words[1] == "Completed":
        return {**row, "role": "end", "status": "ended"}
    raise ValueError(line)


if __name__ == "__main__":
    rows(read)
