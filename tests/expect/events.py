"""Events of a log: `events.py READER LOG` folds the rows of `log_READER.py` by thread, joins threads that name each other,
and says who, from where, what, and what became of it for whom. Files that one session fetched are one event. Own domain
agency.gov.tw, own network 10.0.0.0/8. Objects are bytes in hex, so that what is no UTF-8 survives."""

import datetime
import importlib
import ipaddress
import json
import sys

from log_rows import collect

READER, LOG = sys.argv[1:]
# Some readers look into the log for the names of its columns.
sys.argv = [sys.argv[0], LOG]
READ = importlib.import_module(f"log_{READER}").read

ROLES = ("open", "context", "content", "outcome", "end")
STRENGTH = ("pending", "unknown", "blocked", "failed", "internal-only", "left-partly", "left")
# The surest first.
ACTORS = (("user", "authenticated"), ("local", "local"), ("sender", "envelope"), ("client", "address"))
LATE = datetime.timedelta(seconds=30)
HOP = datetime.timedelta(hours=1)
# What is of unknown meaning says nothing of who, what or to whom.
TEXT = {"time", "host", "role", "thread", "at", "line"}
FILES = ("sftp", "syslog")
NEVER = datetime.datetime.min.replace(tzinfo=datetime.timezone.utc)


def at(row):
    return datetime.datetime.fromisoformat(row["time"]) if "time" in row else NEVER


class Life:
    """Rows of one thread, until the server uses its name again."""

    def __init__(self, name):
        self.name, self.rows, self.opened, self.ended = name, [], None, None

    def is_over(self, row):
        again = row.get("role") == "open" and self.opened not in (None, at(row))
        return again or (self.ended is not None and at(row) > self.ended + LATE)

    def add(self, row):
        self.rows.append(row)
        if row.get("role") == "open" and self.opened is None:
            self.opened = at(row)
        if row.get("role") == "end" and self.ended is None:
            self.ended = at(row)

    def start(self):
        return at(self.rows[0])

    def is_under_way(self, time):
        return self.start() <= time + LATE and (self.ended is None or self.ended + LATE >= time)


def lives(rows):
    """What is said twice at one time is said once."""
    threads = {}
    once = {json.dumps({**row, "at": ""}, sort_keys=True): row for row in reversed(rows) if "thread" in row}
    order = lambda row: (at(row), ROLES.index(row.get("role", "content")), int(row["at"]))
    for row in sorted(once.values(), key=order):
        of = threads.setdefault((row.get("host", ""), row["thread"]), [])
        if not of or of[-1].is_over(row):
            of.append(Life((row.get("host", ""), row["thread"])))
        of[-1].add(row)
    return [life for of in threads.values() for life in of]


def joined(all_lives):
    """Lists of lives that are one event, and for a row that hands a message over the life that took it."""
    event = {id(life): [life] for life in all_lives}
    hops = {}
    for life in all_lives:
        for row in life.rows:
            for part in ("link", "next"):
                name = (life.name[0], row.get(part))
                others = [one for one in all_lives if one.name == name and one.is_under_way(at(row))]
                if part == "next":
                    others = [one for one in others if at(row) - one.start() <= HOP]
                if not others or others[-1] is life:
                    continue
                if part == "next":
                    hops[row["at"]] = others[-1]
                one, other = event[id(life)], event[id(others[-1])]
                if one is not other:
                    one += other
                    event.update({id(moved): one for moved in other})
    parts = {id(part): part for part in event.values()}
    return [sorted(part, key=lambda life: (life.start(), life.name)) for part in parts.values()], hops


def strongest(outcomes):
    return max(outcomes, key=STRENGTH.index)


def became(status, recipient):
    if status == "sent":
        return "internal-only" if recipient.lower().endswith("@agency.gov.tw") else "left"
    return {
        "bounced": "failed",
        "expired": "failed",
        "rejected": "blocked",
        "discarded": "blocked",
        "held": "blocked",
    }.get(status, "pending")


def of_recipients(part, hops):
    """Recipient to outcome, and the addresses from which those outside were rewritten."""
    said, rewritten = {}, []
    for life in part:
        for row in (row for row in life.rows if "status" in row):
            for recipient in row.get("recipient", "").split():
                outcome = became(row["status"], recipient)
                child = hops.get(row["at"])
                if child:
                    named = [to for row in child.rows if "status" in row for to in row.get("recipient", "").lower().split()]
                    if recipient.lower() in named or (child.ended and named):
                        continue
                    outcome = "pending"
                if outcome == "left" and "original" in row:
                    rewritten.append(row["original"])
                said.setdefault(recipient, []).append(outcome)
    said = {recipient: strongest(outcomes) for recipient, outcomes in said.items()} or {"-": "pending"}
    rows = [row for life in part for row in life.rows]
    whole = [row for row in rows if "status" in row and "recipient" not in row and row.get("role") != "end"]
    rest = strongest(["pending", *(became(row["status"], "") for row in whole)])
    return {to: rest if outcome == "pending" else outcome for to, outcome in said.items()}, rewritten


def addresses(rows):
    found = set()
    for row in rows:
        try:
            found.add(ipaddress.ip_address(row.get("client", "")))
        except ValueError:
            pass
    return sorted(found)


def bare(names):
    """The first name of an attachment, without its quotes and without `UTF-8''` before it."""
    parameter, _, value = names.partition("=")
    value = value[1:].split('"')[0] if value.startswith('"') else value.split(";")[0]
    return value.split("'", 2)[2] if parameter.endswith("*") else value


def thing(row):
    """What was sent or fetched."""
    if READER == "postfix" and "attachment" in row:
        return bare(row["attachment"])
    return next((row[name] for name in ("attachment", "path", "subject") if name in row), None)


def who(rows, origins):
    for name, basis in ACTORS:
        for row in rows:
            if name in row:
                inside = any(origin in ipaddress.ip_network("10.0.0.0/8") for origin in origins if origin.version == 4)
                return row[name], "network" if basis == "envelope" and inside else basis
    return "-", "unknown"


def event(part, route, first, recipients, rewritten=()):
    rows = [row for life in part for row in life.rows]
    origins = next(filter(None, (addresses(life.rows) for life in part)), [])
    actor, basis = who(sorted(rows, key=at), origins)
    if basis == "envelope" and rewritten:
        actor, basis = min(rewritten), "forwarder"
    objects = {thing(row).encode("utf-8", "surrogateescape").hex() for row in rows if thing(row)}
    counts = [row for row in rows if thing(row)]
    return {
        "threads": " ".join(sorted(life.name[1] for life in part)),
        "route": route,
        "first": "" if first == NEVER else first.isoformat().replace("+00:00", "Z"),
        "actor": actor,
        "basis": basis,
        "origins": " ".join(map(str, origins)),
        "objects": " ".join(sorted(objects)),
        "recipients": " ".join(f"{to}={outcome}" for to, outcome in sorted(recipients.items())),
        "bytes": str(sum(int(row.get("bytes", 0)) for row in counts)),
        "records": str(sum(int(row.get("records", 0)) for row in counts)),
    }


def of_files(part):
    """One event for what was fetched in a session, one for what was deleted, one for what was only asked for."""
    files, routes = {}, {}
    for row in (row for life in part for row in life.rows if "status" in row and "path" in row):
        files.setdefault(row["path"], []).append(row)
    for rows in files.values():
        said = {row["status"] for row in rows}
        route = "download" if said & {"done", "partial"} else "destruction" if "deleted" in said else "exposure-in-log"
        routes.setdefault(route, []).extend(rows)
    meant = {"done": "left", "deleted": "left", "partial": "left-partly", "failed": "failed"}
    for route, rows in routes.items():
        outcome = "unknown" if route == "exposure-in-log" else strongest(meant[row["status"]] for row in rows)
        yield event(part, route, min(map(at, rows)), {"-": outcome})


def events():
    parts, hops = joined(lives(collect(READ, LOG, "surrogateescape")))
    for part in parts:
        if READER in FILES:
            yield from of_files(part)
        elif any(row.keys() - TEXT for life in part for row in life.rows):
            yield event(part, "mail-out", part[0].start(), *of_recipients(part, hops))


json.dump(sorted(events(), key=lambda event: (event["threads"], event["route"])), sys.stdout)
