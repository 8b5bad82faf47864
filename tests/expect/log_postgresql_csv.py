"""csvlog by Python's csv; of a record that spans lines only what stands in its first one."""

import csv
import datetime
import sys

from log_rows import rows, utc
from postgresql import said

records = {}
with open(sys.argv[1], encoding="utf-8", newline="") as log:
    lines = log.read().split("\n")
reader = csv.reader(line + "\n" for line in lines)
start = 0
for record in reader:
    records[lines[start]] = record
    start = reader.line_num


def read(line):
    record = records.get(line)
    if not record:
        return None
    moment = datetime.datetime.strptime(record[0], "%Y-%m-%d %H:%M:%S.%f UTC")
    row = {
        "time": utc(moment, datetime.timezone.utc),
        "thread": "-".join([record[5], *record[9].split("/")]).rstrip("-"),
        "user": record[1],
        "client": record[4].rpartition(":")[0],
    }
    message = record[13].split("\n")[0]
    return {**row, **said(record[11], message, lambda text: text.replace('"', '""'))}


rows(read)
