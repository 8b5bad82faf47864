"""Writes texts with personal data in every encoding that logs hold, without the program under test: Python's own codecs.

    python3 encode.py table FOLDER      a table of 1,000 people, once in every encoding: FOLDER/{encoding}.log
    python3 encode.py carriers          every carrier in every encoding, one a line: encoding, hex of the bytes
"""
import base64
import email.header
import html
import itertools
import json
import pathlib
import sys
import urllib.parse

from values import LETTERS, id_holds

PEOPLE = 1000
NAMES = itertools.cycle("王小明 許功蓋 林美珠 陳志豪 張淑芬 吳碧雲 蔡依婷 碼育誠".split())
WIDE = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
CARRIERS = ["身分證字號A123456789", "姓名王小明 手機 0912-345-678", "統一證號：A800000014，聯絡電話：0912345678", "居留證 AB12345677",
            "id_no=A123456789", "tel: (0912) 345-678", "phone 0912 345 678", "card 4111 1111 1111 1111", "卡號4111111111111111"]


def people():
    """Lines of the table: different identity numbers, different mobiles."""
    letters = itertools.cycle(sorted(LETTERS))
    for serial, letter, name in zip(range(PEOPLE), letters, NAMES):
        stem = "%s%d%07d" % (letter, 1 + serial % 2, 1234567 + 7919 * serial)
        number = next(stem + str(digit) for digit in range(10) if id_holds(stem + str(digit)))
        yield "%04d 姓名%s 身分證字號%s 手機號碼09%08d 備註無" % (serial, name, number, 12345678 + 8101 * serial)


def word(charset, encoding):
    def encode(text):
        """Words of at most 75 bytes that end where they must, in the middle of characters and values."""
        data, words = text.encode(charset), []
        for at in range(0, len(data), 17):
            part = data[at: at + 17]
            if encoding == "B":
                words.append("=?%s?B?%s?=" % (charset, base64.b64encode(part).decode()))
            else:
                words.append("=?%s?Q?%s?=" % (charset, "".join("=%02X" % byte for byte in part)))
        return ("Subject: " + "? ".join(words)).encode()
    return encode


def folded_by_python(text):
    """As Python's mail package writes it, and Postfix logs it."""
    return ("Subject: " + email.header.Header(text, "utf-8").encode(linesep="?")).encode()


def continued(text):
    """RFC 2231, cut within characters."""
    data = text.encode("big5")
    parts = ["".join("%%%02X" % byte for byte in data[at: at + 13]) for at in range(0, len(data), 13)]
    names = ["filename*%d*=%s%s" % (nth, "" if nth else "big5'zh-TW'", part) for nth, part in enumerate(parts)]
    return ("Content-Disposition: attachment; " + ";? ".join(names)).encode()


def quoted_printable(charset):
    def encode(text):
        data = text.encode(charset)
        return "".join(chr(byte) if 0x20 <= byte < 0x7F and byte != 0x3D else "=%02X" % byte for byte in data).encode()
    return encode


def octal(text):
    return "".join(chr(byte) if byte < 0x80 else "\\%03o" % byte for byte in text.encode()).encode()


def hexed(charset, form):
    return lambda text: "".join(chr(b) if b < 0x80 and b != 0x5C else form % b for b in text.encode(charset)).encode()


ENCODINGS = {
    "utf-8": lambda text: text.encode(),
    "utf-8-bom": lambda text: text.encode("utf-8-sig"),
    "cp950": lambda text: text.encode("cp950"),
    "full-width": lambda text: text.translate(WIDE).encode(),
    "full-width-cp950": lambda text: text.translate(WIDE).encode("cp950"),
    "zero-width": lambda text: "\u200b".join(text).encode(),
    "percent": lambda text: urllib.parse.quote(text).encode(),
    "percent-big5": lambda text: urllib.parse.quote(text.encode("cp950")).encode(),
    "percent-all": lambda text: "".join("%%%02x" % byte for byte in text.encode()).encode(),
    "percent-twice": lambda text: urllib.parse.quote(urllib.parse.quote(text)).encode(),
    "form": lambda text: urllib.parse.urlencode({"q": text}).encode(),
    "rfc2047-b": word("utf-8", "B"),
    "rfc2047-q": word("utf-8", "Q"),
    "rfc2047-b-big5": word("big5", "B"),
    "rfc2047-q-cp950": word("cp950", "Q"),
    "rfc2047-python": folded_by_python,
    "rfc2231": continued,
    "quoted-printable": quoted_printable("utf-8"),
    "quoted-printable-big5": quoted_printable("big5"),
    "base64": lambda text: base64.b64encode(text.encode()),
    "base64-big5": lambda text: base64.b64encode(text.encode("big5")),
    "base64-url": lambda text: b"token=" + base64.urlsafe_b64encode(text.encode()).rstrip(b"="),
    "json": lambda text: json.dumps({"subject": text}).encode(),
    "json-all": lambda text: "".join("\\u%04x" % ord(c) for c in text).encode(),
    "json-twice": lambda text: json.dumps(json.dumps({"subject": text})).encode(),
    "hex-upper": hexed("utf-8", "\\x%02X"),
    "hex-lower": hexed("utf-8", "\\x%02x"),
    "hex-big5": hexed("big5", "\\x%02X"),
    "octal": octal,
    "html-decimal": lambda text: text.encode("ascii", "xmlcharrefreplace"),
    "html-hex": lambda text: "".join("&#x%X;" % ord(c) for c in text).encode(),
    "html-named": lambda text: html.escape(text).replace(" ", "&nbsp;").encode(),
}
WHOLE = {"utf-16-le": "utf-16-le", "utf-16-be": "utf-16-be"}


def table(folder):
    lines = list(people())
    for name, encode in ENCODINGS.items():
        (folder / (name + ".log")).write_bytes(b"".join(encode(line) + b"\n" for line in lines))
    for name, codec in WHOLE.items():
        for variant, start in ((name, ""), (name + "-bom", "\ufeff")):
            text = start + "".join(line + "\r\n" for line in lines)
            data = text.encode(codec)
            assert data.count(b"\n") == len(lines), "a character holds the byte of a line end"
            (folder / (variant + ".log")).write_bytes(data)


def carriers():
    for text in CARRIERS:
        # A run of base64 is looked at from 24 letters on.
        text = text if len(text.encode("cp950")) >= 18 else "x" * (18 - len(text.encode("cp950"))) + " " + text
        for name, encode in ENCODINGS.items():
            print("%s,%s" % (name, encode(text).hex()))
        for name, codec in WHOLE.items():
            print("%s,%s" % (name, text.encode(codec).hex()))
            print("%s-shifted,%s" % (name, (b"\0" + text.encode(codec)).hex()))


if __name__ == "__main__":
    assert id_holds("A123456789") and id_holds("A800000014")
    if sys.argv[1] == "table":
        table(pathlib.Path(sys.argv[2]))
    else:
        carriers()
