"""OpenSMTPD, by hand: `session who what name=value …`, with or without the prefix of syslog. A message has the first
eight digits of the ids of its envelopes."""

import shlex

from log_prefix import prefix
from log_rows import rows

RESULT = {"Ok": "sent", "TempFail": "deferred", "PermFail": "bounced"}


def told(message):
    session, who, what, *rest = message.split(" ", 3)
    said = dict(part.split("=", 1) for part in shlex.split(rest[0])) if rest else {}
    bare = {name: value.strip("<>") for name, value in said.items()}
    if (who, what) == ("smtp", "connected"):
        client = None if bare["address"] == "local" else bare["address"]
        return {"role": "open", "thread": session, "client": client}
    if (who, what) == ("smtp", "authentication"):
        return {"role": "context", "thread": session, "user": bare["user"] if bare["result"] == "ok" else None}
    if (who, what) == ("smtp", "message"):
        return {"role": "open", "thread": bare["msgid"], "link": session}
    if (who, what) == ("smtp", "disconnected"):
        return {"role": "end", "thread": session}
    if what == "failed-command":
        status = {"5": "rejected", "4": "deferred"}[said["result"][0]]
        recipient = said["command"].split("<")[1].split(">")[0]
        line = message.split(" failed-command ")[1]
        return {"role": "outcome", "thread": session, "recipient": recipient, "line": line, "status": status}
    if what not in ("envelope", "delivery"):
        return {"role": "context"}
    row = {"thread": bare["evpid"][:8], "sender": bare["from"], "recipient": bare["to"]}
    if what == "envelope":
        return {**row, "role": "context", "status": "deferred"}
    return {**row, "role": "outcome", "original": bare["rcpt"], "status": RESULT[bare["result"]]}


def read(line):
    if line == "Exiting" or line.startswith("info: "):
        return None
    row, message = {}, line
    if " smtpd[" in line:
        said = prefix(line)
        row, message = {"time": said.time, "host": said.host}, said.message
        if message.startswith("info: "):
            return None
    row.update(told(message))
    return row


if __name__ == "__main__":
    rows(read)
