"""Postfix in syslog, by hand: `QUEUEID: what` or `NOQUEUE: what`, told apart by its first word."""

import re

from log_prefix import prefix
from log_rows import rows

STATUS = {
    "sent": "sent",
    "deferred": "deferred",
    "SOFTBOUNCE": "deferred",
    "bounced": "bounced",
    "undeliverable": "bounced",
    "expired": "expired",
}
REFUSED = {"reject": "rejected", "discard": "discarded", "hold": "held"}


def between(text, before, after):
    return text.split(before, 1)[1].split(after, 1)[0] if before in text else None


def address(text):
    """What stands in the brackets of `host[192.0.2.1]:25`."""
    return between(text, "[", "]")


def attributes(text):
    """`a=b, c=d` up to the reply in brackets; `to=<x>, relay=…`."""
    head = text.split(" (", 1)[0]
    return {name: value.strip("<>") for name, _, value in (part.partition("=") for part in head.split(", "))}


def opening(text):
    said = attributes(text)
    row = {"role": "open", "client": address(said["client"]), "link": said.get("orig_queue_id")}
    return {**row, "user": said.get("sasl_username")}


def delivery(text):
    said = attributes(text)
    status = STATUS[said["status"]]
    reply = text.split(" (", 1)[1]
    queued = between(reply, "queued as ", ")") if status == "sent" else None
    row = {"role": "outcome", "recipient": said["to"], "original": said.get("orig_to")}
    return {**row, "status": status, "next": queued}


def names(value):
    """The parameters that name a file: from the first on, the newline of a folded header being two question marks."""
    kept = []
    for parameter in re.split(r";(?: |\?)*", value)[1:]:
        if re.match(r"(?:file)?name[*0-9]*=", parameter):
            kept.append(parameter)
    return ";".join(kept)


def header(text):
    """`Subject: … from client; from=<s> to=<r> proto=…`."""
    name, value = text.rsplit("; from=<", 1)[0].rsplit(" from ", 1)[0].split(": ", 1)
    field = {"Subject": ("subject", value)}.get(name, ("attachment", names(value)))
    return {field[0]: field[1], "sender": between(text, "; from=<", ">")}


def refusal(action, text):
    stage, _, rest = text.partition(" from ")
    tail = rest[rest.rindex("; from=<") :]
    row = {"client": address(rest.split(": ", 1)[0]), "status": REFUSED[action]}
    return {**row, "recipient": between(tail, " to=<", ">"), "helo": between(tail, " helo=<", ">")}


def told(text):
    if text.startswith("client="):
        return opening(text)
    if text.startswith("uid="):
        return {"role": "open", "local": between(text, " from=<", ">")}
    if text.startswith("from=<"):
        sender = {"sender": between(text, "from=<", ">")}
        expired = ", status=expired" in text
        return {**sender, "role": "outcome", "status": "expired"} if expired else {**sender, "role": "context"}
    if text.startswith("to=<"):
        return delivery(text)
    if text == "removed":
        return {"role": "end", "status": "ended"}
    action, _, rest = text.partition(": ")
    if rest.startswith("header "):
        return header(rest[len("header ") :])
    if action in REFUSED:
        return refusal(action, rest)
    return {"role": "context"}


def read(line):
    said = prefix(line)
    row = {"time": said.time, "host": said.host}
    found = re.match(r"([0-9A-F]{6,20}|[0-9B-DF-HJ-NP-TV-Zb-df-hj-np-tv-z]{12,20}|NOQUEUE): ", said.message)
    if not found:
        return None
    if found[1] != "NOQUEUE":
        row["thread"] = found[1]
    return {**row, **told(said.message[found.end() :])}


if __name__ == "__main__":
    rows(read)
