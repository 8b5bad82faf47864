"""What a record of PostgreSQL says, from its severity and its message as the server meant it; for the three readers."""

import csv
import re

READS = ("select", "table", "with", "fetch", "values", "declare", "execute")


def said(severity, message, write):
    """The parts of a record that stand in its message; `write` gives a text as the log writes it."""
    if severity in ("FATAL", "PANIC"):
        return {"role": "context", "user": None, "line": write(message)}
    if re.fullmatch(r"duration: [0-9.]+ ms", message):
        return {"role": "context"}
    if severity == "ERROR":
        return {"message": write(message), "status": "failed"}
    if message.startswith("AUDIT: "):
        fields = next(csv.reader([message[len("AUDIT: "):]]))
        kind, command, statement = fields[3], fields[4], fields[7]
        if kind == "READ":
            counted = fields[9] if len(fields) > 9 and not (command == "COPY" and fields[9] == "0") else None
            return {"statement": write(statement), "records": counted, "status": "done"}
    for opening in ("statement: ", "execute "):
        _, found, statement = message.partition(opening)
        words = statement.lower().split()
        if found and words and (words[0] in READS or (words[0] == "copy" and "to" in words)):
            return {"statement": write(statement.lstrip()), "status": "done"}
    return {"role": "context", "line": write(message)}
