"""A log of syslog with many programs in it: of each that has a reader the line is its, and any other is text."""

import log_pure_ftpd
import log_samba
import log_sftp
from log_prefix import prefix
from log_rows import rows

READERS = {
    "internal-sftp": log_sftp.read,
    "pure-ftpd": log_pure_ftpd.read,
    "smbd_audit": log_samba.read,
}


def read(line):
    said = prefix(line)
    if said.program in READERS:
        return READERS[said.program](line)
    row = {"time": said.time, "host": said.host}
    if said.program == "sshd":
        # Of the server for logins only who has logged in, and from where.
        return {**row, "thread": said.pid, "role": "context"}
    return {**row, "line": said.message}


if __name__ == "__main__":
    rows(read)
