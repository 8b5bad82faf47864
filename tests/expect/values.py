"""Reads the personal data of a log without the program under test: identity numbers, mobiles and cards, in raw, percent
encoded and RFC 2047 text. Own checksums, standard library only; simple on purpose, and content with well-formed values.

    python3 values.py LOG...        prints one value a line
"""
import email.header
import pathlib
import re
import sys
import urllib.parse

ID = re.compile(r"(?<![A-Za-z0-9])[A-Z][1289A-D][0-9]{8}(?![A-Za-z0-9])")
MOBILE = re.compile(r"(?<![A-Za-z0-9.])09[0-9]{2}([- ]?)[0-9]{3}\1[0-9]{3}(?![A-Za-z0-9])")
CARD = re.compile(r"(?<![A-Za-z0-9.])[0-9]{4}([- ]?)[0-9]{4}\1[0-9]{4}\1[0-9]{4}(?![A-Za-z0-9])")
# The two digits of each letter, in the order of the Ministry of the Interior.
LETTERS = {letter: number for number, letter in enumerate("ABCDEFGHJKLMNPQRSTUVXYWZIO", start=10)}


def id_holds(value):
    """The weighted sum of the letter's two digits and the nine others ends with 0."""
    letter = LETTERS[value[0]]
    second = LETTERS[value[1]] % 10 if value[1].isalpha() else int(value[1])
    digits = [letter // 10, letter % 10, second] + [int(digit) for digit in value[2:]]
    return sum(digit * weight for digit, weight in zip(digits, (1, 9, 8, 7, 6, 5, 4, 3, 2, 1, 1))) % 10 == 0


def card_holds(digits):
    """Luhn."""
    doubled = [int(digit) * (2 - place % 2) for place, digit in enumerate(digits)]
    return sum(each // 10 + each % 10 for each in doubled) % 10 == 0


def views(line):
    """The line as it stands, with percent escapes undone, and with encoded words decoded."""
    text = line.decode("utf-8", "replace")
    yield text
    yield urllib.parse.unquote(text)
    for word in re.findall(r"=\?[^?\s]+\?[BbQq]\?[^?\s]*\?=", text):
        for part, charset in email.header.decode_header(word):
            yield part if isinstance(part, str) else part.decode(charset or "ascii", "replace")


def values_of(line):
    """Every value of the line, as written and without its separators."""
    found = set()
    for text in views(line):
        found.update(match[0] for match in ID.finditer(text) if id_holds(match[0]))
        found.update(match[0] for match in MOBILE.finditer(text))
        cards = (match[0] for match in CARD.finditer(text))
        found.update(card for card in cards if card_holds(re.sub("[- ]", "", card)))
    return found | {re.sub("[- ]", "", value) for value in found}


def values_in(paths):
    """Every value of the logs."""
    return {value for path in paths for line in pathlib.Path(path).read_bytes().splitlines() for value in values_of(line)}


if __name__ == "__main__":
    assert id_holds("A123456789") and not id_holds("A123456788") and id_holds("A800000014")
    print("\n".join(sorted(values_in(sys.argv[1:]))))
