"""Samba's vfs_full_audit, by hand: `user|address|machine|share|operation|ok or fail (why)|[r or w|]path[|path]`."""

from log_prefix import prefix, who
from log_rows import rows

READS = ("pread", "pread_send", "read", "sendfile")
GONE = ("unlink", "unlinkat", "rename", "renameat")


def read(line):
    said = prefix(line)
    parts = said.message.split("|")
    user, client, _, _, operation, verdict = parts[:6]
    row = {"time": said.time, "host": said.host, **who(user, client, ("nobody",))}
    if verdict == "ok":
        status = "done" if operation in READS else "deleted" if operation in GONE else None
        return {**row, "path": parts[6], "status": status} if status else None
    if "No such file" in verdict:
        return None
    if operation in ("open", "openat"):
        return {**row, "path": parts[7], "status": "failed"} if parts[6] == "r" else None
    if operation in READS + GONE + ("pread_recv",):
        return {**row, "path": parts[6], "status": "failed"}
    return None


if __name__ == "__main__":
    rows(read)
