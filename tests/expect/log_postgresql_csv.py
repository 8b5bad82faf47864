"""csvlog by Python's csv. Of a record that spans lines each says what stands in it, and the last one how many rows."""

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


# Of the record that is read: its row, how many lines are to come, and the rows it counts.
current = {"row": None, "left": 0, "records": None}


def read(line):
    record = records.get(line)
    if not record:
        current["left"] -= 1
        counted = current["records"] if current["left"] == 0 else None
        return {**current["row"], "statement": line, "records": counted}
    moment = datetime.datetime.strptime(record[0], "%Y-%m-%d %H:%M:%S.%f UTC")
    row = {
        "time": utc(moment, datetime.timezone.utc),
        "thread": "-".join([record[5], *record[9].split("/")]).rstrip("-"),
        "user": record[1],
        "client": record[4].rpartition(":")[0],
    }
    write = lambda text: text.replace('"', '""')
    row.update(said(record[11], record[13].split("\n")[0], write))
    counted = said(record[11], record[13], write).get("records")
    current.update(row=row, left=record[13].count("\n"), records=counted)
    return row


if __name__ == "__main__":
    rows(read)
