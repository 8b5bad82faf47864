"""Times as CEF and LEEF write them."""

import datetime


def stamp(text):
    if text.isdigit():
        return datetime.datetime.fromtimestamp(int(text) / 1000, datetime.timezone.utc)
    layout = "%b %d %Y %H:%M:%S" + (".%f" if "." in text else "")
    return datetime.datetime.strptime(text, layout)
