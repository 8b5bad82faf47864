"""Reads the mails of a spool as a mail program does, and looks for values that should have been masked: in every decoded
part and header, and in the bytes of mails, spool and store. Standard library only.

    python3 mail.py SPOOL STATE LOG...      prints {"mails", "values", "files"}; every complaint goes to stderr, ends with 1
"""
import base64
import email
import email.policy
import json
import pathlib
import re
import sys

from values import values_in

DEADLINE = re.compile(r"期限[^\n]*1[0-9]{2}/[0-9]{2}/[0-9]{2} [0-9]{2}:[0-9]{2}")
ROC_AND_ISO = re.compile(r"民國 1[0-9]{2} 年 [0-9]+ 月 [0-9]+ 日[^\n]*20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:]{8}[+]08:00")


def spellings(value):
    """The bytes in which a value can lie in a file."""
    yield value.encode()
    yield value.encode("utf-16-le")
    yield value.encode("utf-16-be")
    for text in (value.encode(), value.encode("utf-16-le")):
        for shift in range(3):
            # The characters of base64 that depend on the value alone, whatever stands before and after it.
            encoded = base64.b64encode(b"\0" * shift + text)
            yield encoded[(0, 2, 3)[shift]: len(encoded) - (0, 3, 2)[(shift + len(text)) % 3] or None].rstrip(b"=")


BODIES = ["multipart/alternative", "text/plain", "text/html"]
# Official forms go with a letter; their parts are stored, so that a value would stand there as it is.
FORM = "application/vnd.oasis.opendocument.text"
ATTACHED = {FORM, "text/calendar", "application/json"}


def text_of(part):
    if part.get_content_type() == FORM:
        return part.get_content().decode("utf-8", "replace")
    return part.get_content() if part.get_content_maintype() == "text" else ""


def complaints_of_mail(path, values):
    mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    parts = list(mail.walk())
    kinds = [part.get_content_type() for part in parts]
    bodies = parts if kinds[0] != "multipart/mixed" else parts[1:]
    bodies, attached = bodies[:3], bodies[3:]
    if [part.get_content_type() for part in bodies] != BODIES or not {p.get_content_type() for p in attached} <= ATTACHED:
        yield "has the parts %s" % kinds
    if any(part["content-transfer-encoding"] != "base64" for part in bodies[1:] + attached):
        yield "has a part that is not base64"
    if not mail["content-language"].startswith("zh-TW"):
        yield "is in the language %s" % mail["content-language"]
    if any(part.defects for part in parts):
        yield "is malformed: %s" % [part.defects for part in parts]
    for part in bodies[1:]:
        text = text_of(part)
        if not re.search("第 [0-3] 級", text) or "6.2.2" not in text:
            yield "states no level with its clause in %s" % part.get_content_type()
        if not re.search("[\u4e00-\u9fff]{4}", text):
            yield "has no Chinese in %s" % part.get_content_type()
    plain = text_of(bodies[1])
    if not DEADLINE.search(plain) or not ROC_AND_ISO.search(plain):
        yield "states no deadline, or no time in both calendars"
    shown = [text_of(part) for part in parts] + [str(value) for part in parts for value in part.values()]
    for value in values:
        if any(value in re.sub(r"(?<=[0-9])[ -](?=[0-9])", "", text) or value in text for text in shown):
            yield "shows %s…" % value[:3]


def complaints(spool, state, values):
    for path in sorted(spool.glob("*/*.eml")):
        for complaint in complaints_of_mail(path, values):
            yield path, complaint
    for path in files(spool, state):
        data = path.read_bytes()
        for value in values:
            if any(spelling in data for spelling in spellings(value)):
                yield path, "holds %s…" % value[:3]


def files(*folders):
    return sorted(path for folder in folders for path in folder.rglob("*") if path.is_file())


def prove_the_search():
    """A search that misses would look like a masked value."""
    for before in ("", "x", "xy", "xyz"):
        for data in (base64.b64encode((before + "A123456789 ").encode()), (before + "A123456789").encode("utf-16-be")):
            assert any(spelling in data for spelling in spellings("A123456789")), (before, data)


def main(spool, state, *logs):
    prove_the_search()
    spool, state = pathlib.Path(spool), pathlib.Path(state)
    values = values_in(logs)
    found = list(complaints(spool, state, values))
    for path, complaint in found:
        print("%s %s" % (path, complaint), file=sys.stderr)
    mails = len(list(spool.glob("*/*.eml")))
    print(json.dumps({"mails": mails, "values": len(values), "files": len(files(spool, state))}))
    sys.exit(1 if found or not mails or not values else 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
