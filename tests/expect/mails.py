#!/usr/bin/env python3
"""Reads the mails of a folder with Python's email, the icalendar package and w3m, and says what is wrong with them.

Nothing of breachd is used: this is how any other program reads them."""

import email
import email.policy
import subprocess
import sys
from pathlib import Path

import icalendar

IMMUNE = {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"}
SIX = ["等級", "發生", "人數", "來源", "時間", "期限"]


def check(condition, words):
    if not condition:
        sys.exit(f"{path.name}: {words}")


def calendar(part):
    entries = [c for c in icalendar.Calendar.from_ical(part.get_content()).walk("VEVENT")]
    check(len(entries) == 1, "one VEVENT in a calendar file")
    event = entries[0]
    check(str(event["UID"]).startswith("BD-2026-000017@"), "the UID is the case's")
    check(event["DTSTART"].dt.utcoffset().total_seconds() == 0, "its time is in UTC")
    alarms = event.walk("VALARM")
    check(len(alarms) == 1 and alarms[0]["ACTION"] == "DISPLAY", "one alarm that shows")
    check(alarms[0]["TRIGGER"].dt.total_seconds() < 0, "before the deadline")
    return event


def page(html):
    shown = subprocess.run(
        ["w3m", "-dump", "-T", "text/html", "-I", "UTF-8", "-O", "UTF-8", "-cols", "100"],
        input=html.encode(), capture_output=True, check=True, timeout=20,
    )
    return shown.stdout.decode()


BULLETINS = {
    "digest": ["新案 16 件", "未結案", "BD-2026-000018", "lee.ky@agency.gov.tw", "缺漏", "讀取情形", "English"],
    "digest-quiet": ["運作正常", "未結案", "讀取情形", "English", "All is well"],
    "collective": ["緊急 17 起", "115/11/22 11:00 前", "BD-2026-000040", "12,840 人", "請現在", "草稿", "English"],
}


def bulletin(mail):
    kind = path.stem.split("-")[0]
    check(mail["Subject"].startswith("[breachd] ") and not any(c.isdigit() for c in mail["Subject"]), "the subject")
    check(mail["X-Breachd-Kind"] == kind and mail["X-Breachd-Case"] is None, "the kind is in the header")
    check(mail["Content-Language"] == "zh-TW, en", "its languages")
    text = mail.get_body(("plain",)).get_content()
    if path.stem.endswith("-minimal"):
        check(mail.get_body(("html",)) is None and "@" not in text and "BD-2026-000" in text, "no details")
        return
    shown = page(mail.get_body(("html",)).get_content())
    for word in BULLETINS[path.stem]:
        check(word in shown, f"w3m does not show {word}")
    for word in text.split():
        if word.startswith("BD-2026-") or "@" in word:
            check(word.strip(":，。") in shown.replace("\n", ""), f"{word} is in the text only")


count = 0
for path in sorted(Path(sys.argv[1]).glob("*.eml")):
    kind = path.stem
    mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    check(not mail.defects, f"defects {mail.defects}")
    for part in mail.walk():
        check(not part.defects, f"defects {part.defects}")
    for name, value in IMMUNE.items():
        check(mail[name] == value, f"{name} is {mail[name]}")
    check([a.addr_spec for a in mail["To"].addresses] == ["privacy@agency.gov.tw", "hr-head@agency.gov.tw"], "To")
    if kind.startswith(("digest", "collective")):
        bulletin(mail)
        count += 1
        continue
    check(mail["Subject"].startswith("[breachd] BD-2026-000017 "), f"subject {mail['Subject']}")
    check(mail["X-Breachd-Case"] == "BD-2026-000017", "the case is in the header")
    root = "<BD-2026-000017@agency.gov.tw>"
    if mail["In-Reply-To"]:
        check(mail["In-Reply-To"].strip() == root and mail["References"].strip() == root, "the thread's root")
        check(mail["Message-ID"] != root, "a reply is not its own root")
    names = [part.get_filename() for part in mail.iter_attachments()] if mail.is_multipart() else []
    check(all(name.isascii() for name in names), f"attachment names {names}")
    for part in mail.walk():
        if part.get_content_type() == "text/calendar":
            calendar(part)
    text = mail.get_body(("plain",)).get_content()
    if kind == "minimal":
        check(mail.get_body(("html",)) is None and "1,284" not in text and "第2級" not in mail["Subject"], "no details")
        check("期限" in text and "BD-2026-000017" in text, "case and deadline")
    else:
        lines = text.splitlines()
        check([line[:2] for line in lines[:6]] == SIX, f"the six lines first: {lines[:6]}")
        html = mail.get_body(("html",)).get_content()
        shown = page(html)
        for word in SIX[:5] + ["請現在", "判定依據", "完整性", "草稿", "English"]:
            check(word in shown, f"w3m does not show {word}")
        check(shown.index("第 2 級") < shown.index("請現在"), "the level before the steps")
        for word in text.split("證據")[0].split():
            if word.startswith("2026-") or word.endswith("@example.com"):
                check(word in shown.replace("\n", ""), f"{word} is in the text only")
    count += 1
print(f"{count} mails read")
