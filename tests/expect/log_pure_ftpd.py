"""Pure-FTPd in syslog, by hand: `(user@host) [NOTICE] /path downloaded  (11 bytes, …)`."""

from log_prefix import prefix, who
from log_rows import rows


def read(line):
    said = prefix(line)
    whom, _, text = said.message.partition(") ")
    user, _, client = whom[1:].rpartition("@")
    row = {"time": said.time, "host": said.host, **who(user, client)}
    if text.startswith("[NOTICE] Deleted "):
        return {**row, "path": text[len("[NOTICE] Deleted ") :], "status": "deleted"}
    path, found, size = text.removeprefix("[NOTICE] ").rpartition(" downloaded  (")
    if not found:
        return None
    size = size.split(" ")[0]
    return {**row, "path": path, "bytes": size, "status": "failed" if size == "0" else "done"}


if __name__ == "__main__":
    rows(read)
