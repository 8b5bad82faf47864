"""Message tracking of Exchange, by hand: the names of the columns come from `#Fields:`, not from a list of our own."""

import csv
import datetime
import io
import sys

from log_rows import rows, utc

OUTCOMES = {
    "SEND": "sent",
    "SENDEXTERNAL": "sent",
    "DELIVER": "sent",
    "FAIL": "bounced",
    "DEFER": "deferred",
    "DROP": "discarded",
    "MODERATORREJECT": "rejected",
}
SILENT = ("DSN", "HARECEIVE", "HADISCARD", "NOTIFYMAPI")


def names():
    with open(sys.argv[1], encoding="utf-8-sig") as log:
        return next(line for line in log if line.startswith("#Fields: "))[9:].strip().split(",")


NAMES = names()


def read(line):
    values = next(csv.reader(io.StringIO(line)))
    if len(values) != len(NAMES):
        return None
    said = dict(zip(NAMES, values))
    event = said["event-id"]
    if event == "NOTIFYMAPI":
        return None
    at = datetime.datetime.strptime(said["date-time"], "%Y-%m-%dT%H:%M:%S.%fZ")
    row = {
        "time": utc(at, datetime.timezone.utc),
        "thread": said["network-message-id"],
        "sender": said["sender-address"],
    }
    if event in SILENT:
        return {**row, "role": "context"}
    row["client"] = said["original-client-ip"]
    # The program gives quotes as they are written.
    row["subject"] = said["message-subject"].replace('"', '""')
    if event not in OUTCOMES:
        row["client"] = row["client"] or said["client-ip"]
        return row
    row["recipient"] = said["recipient-address"].replace(";", " ")
    row["status"] = OUTCOMES[event]
    return row


if __name__ == "__main__":
    rows(read)
