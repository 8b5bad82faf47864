"""OpenSSH's SFTP server in syslog, by hand: open, close, remove and rename of files, and whose session it is."""

from log_prefix import prefix
from log_rows import rows


def read(line):
    said = prefix(line)
    row = {"time": said.time, "host": said.host, "thread": said.pid}
    words = said.message.split(" ")
    if words[0] == "session":
        role = {"opened": "open", "closed": "end"}[words[1]]
        return {**row, "role": role, "user": words[5], "client": words[7].strip("[]")}
    forced = words[0] == "forced"
    verb = words[1] if forced else words[0]
    path = said.message.partition('"')[2]
    if verb == "open":
        path, _, flags = path.rpartition('" flags ')
        return {**row, "path": path} if "READ" in flags.split(" ")[0].split(",") else None
    if verb == "close":
        path, _, counts = path.rpartition('" bytes read ')
        fetched, _, written = counts.partition(" written ")
        if fetched == "0":
            return {**row, "path": path, "bytes": "0", "status": "failed"} if written == "0" else None
        return {**row, "path": path, "bytes": fetched, "status": "partial" if forced else "done"}
    if verb == "remove":
        return {**row, "path": path[: path.rindex('"')], "status": "deleted"}
    if verb in ("rename", "posix-rename"):
        return {**row, "path": path.split('" new "')[0], "status": "deleted"}
    return None


if __name__ == "__main__":
    rows(read)
