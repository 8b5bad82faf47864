"""What access logs in layouts of their own share: who, what, and whether it arrived."""

from log_rows import utc


def row(said, moment):
    """From texts by the names of directives to the row of a line."""
    status, user, path = int(said["status"]), said["user"], said["path"]
    counted = 0 if said["method"] == "HEAD" else int(said["bytes"])
    answered = 200 <= status < 300
    return {
        "time": utc(moment),
        "user": user if answered else None,
        "client": said["client"],
        "path": path,
        "query": said["query"],
        "referrer": said.get("referrer"),
        "agent": said.get("agent"),
        "attachment": said.get("attachment"),
        "status": "partial" if answered and said["aborted"] else status,
        "bytes": counted,
    }
