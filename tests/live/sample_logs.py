"""Rewrites config/quickstart/mail.log and access.log, by sending to real servers and keeping what they log.

    python3 tests/live/sample_logs.py        (root; the packages of postfix.sh, nginx.sh and rsyslog)

Clients name themselves by XCLIENT and X-Forwarded-For, so that the logs show addresses of a site and not
of this host. All personal data is synthetic, drawn from a fixed seed, and nobody's.
"""
import base64
import pathlib
import smtplib
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

import synthetic
from scenarios import free_ports, percent, server, skip_unless_possible, wait_for

TARGET = pathlib.Path(__file__).resolve().parents[2] / "config" / "quickstart"
# A processor's published test number; 4111… is on too many allow-lists to show anything.
CARD = "4988-4388-4388-4305"
OUTSIDE = "203.0.113.24"
INSIDE = {"wang.xm": "10.1.2.37", "lee.yh": "10.1.3.12", "chen.mh": "10.1.4.20"}
BROWSER = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"


def main():
    skip_unless_possible("all")
    rng = synthetic.generator(20261122)
    with tempfile.TemporaryDirectory(prefix="breachd-samples-") as folder:
        root = pathlib.Path(folder)
        root.chmod(0o755)
        (TARGET / "mail.log").write_bytes(mail_log(root / "postfix", rng))
        (TARGET / "access.log").write_bytes(access_log(root / "nginx", rng))
    print("wrote mail.log and access.log in %s" % TARGET)


def mail_log(folder, rng):
    smtp, accept, bounce = free_ports(3)
    settings = {"SMTP_PORT": smtp, "SINK_PORT": accept, "BOUNCE_PORT": bounce, "TRUST_XCLIENT": "yes",
                "SASL_USERS": "wang.xm lee.yh chen.mh", "LOG_STYLE": "rsyslog"}
    with server("postfix.sh", folder, settings):
        for who, recipients, subject, attachment in mails(rng):
            send(smtp, who, recipients, subject, attachment)
            time.sleep(1.2)
        send_refused(smtp)
        log = folder / "log" / "mail.log"
        # Eight mails and one notification of a bounce.
        wait_for(lambda: log.read_bytes().count(b": removed") >= 9, 5, lambda: "mails are still in the queue")
        raw = log.read_bytes()
    # The script's start and probing, connections that show XCLIENT, and the ports of the sinks would
    # only puzzle a reader.
    lines = [line for line in raw.splitlines(keepends=True) if keep_line(line)]
    return b"".join(lines).replace(b":%d," % accept, b":25,").replace(b":%d," % bounce, b":25,")


def keep_line(line):
    noise = (b"/postfix-script[", b"/master[", b"connect from", b"lost connection after CONNECT")
    return not any(words in line for words in noise)


def mails(rng):
    """(sender, recipients, subject line, name of an attachment or nothing), in the order sent."""
    named = "身分證字號 %s 手機 %s 補件" % (synthetic.national_id(rng), synthetic.mobile(rng))
    roster = "名冊_%s_%s.xlsx" % (synthetic.national_id(rng), synthetic.national_id(rng))
    inside = "請假單 身分證字號 %s" % synthetic.national_id(rng)
    return [
        ("chen.mh", ["orders@example.net"], b"Subject: Meeting room booking", None),
        ("wang.xm", ["chen@example.com", "lin@bounce.test"], word(named, "big5"), None),
        ("lee.yh", ["all@agency.gov.tw"], word("下週三停電公告", "utf-8"), None),
        ("wang.xm", ["hr@agency.gov.tw"], word(inside, "utf-8"), None),
        ("chen.mh", ["service@example.org"], b"Subject: Re: invoice 2026-1121, PO 4711", None),
        ("wang.xm", ["chen@example.com"], word("名冊", "big5"), roster),
        ("lee.yh", ["pay@example.org"], word("信用卡 %s 扣款失敗" % CARD, "utf-8"), None),
        ("chen.mh", ["wu@example.com"], word("會議紀錄", "big5"), "minutes.pdf"),
    ]


def word(text, charset):
    encoded = base64.b64encode(text.encode(charset)).decode()
    return ("Subject: =?%s?B?%s?=" % (charset, encoded)).encode()


def send(port, who, recipients, subject, attachment):
    name = "pc-%s.agency.gov.tw" % INSIDE[who].split(".")[-1]
    with client(port, name, INSIDE[who]) as smtp:
        smtp.login(who, "secret")
        smtp.sendmail(who + "@agency.gov.tw", recipients, message(who, recipients, subject, attachment))


def send_refused(port):
    """Somebody outside, without an account, to somebody outside: NOQUEUE."""
    with client(port, "relay.example.net", "198.51.100.7") as smtp:
        smtp.ehlo("relay.example.net")
        smtp.mail("news@example.net")
        smtp.rcpt("victim@example.com")


def client(port, name, address):
    smtp = smtplib.SMTP("127.0.0.1", port, local_hostname=name, timeout=10)
    smtp.ehlo()
    smtp.docmd("XCLIENT", "NAME=%s ADDR=%s" % (name, address))
    smtp.ehlo()
    return smtp


def message(who, recipients, subject, attachment):
    head = b"From: <%s@agency.gov.tw>\r\nTo: %s\r\nMIME-Version: 1.0\r\n%s\r\n" % (
        who.encode(), ", ".join(recipients).encode(), subject)
    head += b"Message-ID: <%d@pc.agency.gov.tw>\r\n" % time.time_ns()
    if attachment is None:
        return head + b"\r\n-\r\n"
    # RFC 2231, as mail programs write names that are not ASCII.
    name = "filename*=UTF-8''" + urllib.parse.quote(attachment)
    parts = b"--b1\r\nContent-Type: text/plain\r\n\r\n-\r\n--b1\r\nContent-Type: application/octet-stream\r\n"
    parts += b"Content-Disposition: attachment;\r\n\t%s\r\n\r\nx\r\n--b1--\r\n" % name.encode()
    return head + b'Content-Type: multipart/mixed; boundary="b1"\r\n\r\n' + parts


def access_log(folder, rng):
    (http,) = free_ports(1)
    settings = {"HTTP_PORT": http, "HTTP_USERS": "chen.mh", "TRUST_FORWARD": "yes"}
    exported, scanned = synthetic.national_id(rng), synthetic.national_id(rng)
    phone = synthetic.mobile(rng).replace("-", "")
    query = "id=%s&phone=%s" % (percent(exported), phone)
    with server("nginx.sh", folder, settings):
        get(http, "/index.html", None, INSIDE["lee.yh"])
        get(http, "/favicon.ico", None, INSIDE["lee.yh"])
        get(http, "/export?month=11", "chen.mh", OUTSIDE)
        get(http, "/export?" + query, "chen.mh", OUTSIDE)
        get(http, "/open/export?" + query, None, "198.51.100.7")
        get(http, "/export?" + query, "chen.mh", "198.51.100.7", password="guess")
        get(http, "/index.html?id=1", None, "192.0.2.66", agent="scanner/1.0 " + scanned)
        get(http, "/index.html", None, INSIDE["lee.yh"])
        log = folder / "log" / "access.log"
        wait_for(lambda: log.read_bytes().count(b"\n") == 8, 5, lambda: "nginx has not logged all requests")
        return log.read_bytes()


def get(port, target, user, address, password="secret", agent=BROWSER):
    asked = urllib.request.Request("http://127.0.0.1:%d%s" % (port, target))
    asked.add_header("X-Forwarded-For", address)
    asked.add_header("User-Agent", agent)
    if user is not None:
        token = base64.b64encode(("%s:%s" % (user, password)).encode()).decode()
        asked.add_header("Authorization", "Basic " + token)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(asked, timeout=10) as answer:
            answer.read()
    except urllib.error.HTTPError:
        # 401 and 404 are part of the sample.
        pass
    time.sleep(1.1)


if __name__ == "__main__":
    sys.exit(main())
