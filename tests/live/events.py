"""Real servers, and the one right event of each thing that is done: live and by a replay, the cores equal.

    python3 tests/live/events.py --breachd target/debug/breachd [postfix|nginx|vsftpd|syslog|all]

In each scenario daemons follow the logs before anything happens; what they know at the end is compared with what is
expected, with what they know after they have ended, and with a replay of the same files. Exits 1 if anything did not
hold, and 77 with `SKIP: reason` where the servers cannot run.
"""
import argparse
import base64
import contextlib
import difflib
import ftplib
import functools
import http.client
import io
import json
import os
import pathlib
import re
import shutil
import signal
import smtplib
import socket
import subprocess
import sys
import tempfile
import threading

import synthetic
from breachd import Breachd, Failure, wait_for
from filter import Filter
from scenarios import HERE, RUN_ERRORS, free_ports, percent, server, skip, wording

SERVER_SECONDS = 30
READ_SECONDS = 60
CONTENT = "no,unit\n"
PROGRAMS = {
    "postfix": ["postfix", "smtp-sink", "saslpasswd2"],
    "nginx": ["nginx", "htpasswd"],
    "vsftpd": ["vsftpd"],
    "syslog": ["postfix", "smtp-sink", "saslpasswd2", "sshd", "sftp", "ssh-keygen", "rsyslogd", "unshare", "nsenter"],
}
ERRORS = (*RUN_ERRORS, *ftplib.all_errors, http.client.HTTPException)


def main():
    options = read_options()
    names = [name for name in PROGRAMS if options.scenario in (name, "all")]
    skip_unless_possible(names)
    # A time limit ends us by SIGTERM, and the servers must be stopped all the same.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    folder = pathlib.Path(tempfile.mkdtemp(prefix="breachd-events-"))
    folder.chmod(0o755)  # postfix and www-data pass through it
    failed = []
    try:
        for name in names:
            try:
                SCENARIOS[name](options.breachd, folder / name, synthetic.generator(options.seed))
                print("%s: as expected" % name)
            except ERRORS as failure:
                print("FAIL %s: %s" % (name, wording(failure)))
                failed.append(name)
    finally:
        if options.keep or failed:
            print("logs and state are in %s" % folder)
        else:
            shutil.rmtree(folder)
    sys.exit(1 if failed else 0)


def read_options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--breachd", required=True, help="the program under test")
    parser.add_argument("--seed", type=int, default=1, help="of the synthetic IDs")
    parser.add_argument("--keep", action="store_true", help="leave the folder with logs and state")
    parser.add_argument("scenario", nargs="?", choices=(*PROGRAMS, "all"), default="all")
    options = parser.parse_args()
    if not os.access(options.breachd, os.X_OK):
        parser.error("--breachd %s: no such program" % options.breachd)
    return options


def skip_unless_possible(names):
    path = os.environ["PATH"] + ":/usr/sbin"
    missing = [program for name in names for program in PROGRAMS[name] if not shutil.which(program, path=path)]
    if os.geteuid() != 0:
        skip("needs root to start the servers")
    if missing:
        skip("not installed: " + ", ".join(sorted(set(missing))))


def postfix_scenario(program, folder, rng):
    """One mail each: through Postfix alone, and through filters that give it back in three ways."""
    filters = {
        # The second message names the first, and the first the second.
        "xforward": (True, "{said}", "no_header_body_checks"),
        # Only the answer to the final dot tells, in amavis's words.
        "amavis": (False, "2.0.0 from MTA(smtp:[127.0.0.1]:10025): {code} {said}", "no_header_body_checks"),
        # The same, and the second message's header is logged as well.
        "twice": (False, "{said}", "no_address_mappings"),
    }
    names = ["direct", *filters]
    secrets = {name: synthetic.national_id(rng) for name in names}
    ports = iter(free_ports(len(names) + len(filters) + 3))
    submission, services = {name: next(ports) for name in names}, ""
    with contextlib.ExitStack() as stack:
        for name, (forwards, reply, checks) in filters.items():
            behind = next(ports)
            front = stack.enter_context(filtering(Filter(behind, forwards, reply))).port
            services += FILTER_SERVICES % {"name": name, "submission": submission[name], "filter": front,
                                           "behind": behind, "checks": checks}
        settings = {"SMTP_PORT": submission["direct"], "SINK_PORT": next(ports), "BOUNCE_PORT": next(ports),
                    "DEFER_PORT": next(ports), "SASL_USERS": " ".join(names), "EXTRA_SERVICES": services}
        stack.enter_context(server("postfix.sh", folder / "server", settings))
        log = folder / "server" / "log" / "mail.log"
        daemon = stack.enter_context(Breachd(program, folder / "breachd", [log]))
        for name in names:
            send(submission[name], name, secrets[name])
        wait_for_words(log, mail_words(len(names), len(filters)))
        agree(daemon, [mail_event(name, secrets[name]) for name in names], [], secrets.values())


FILTER_SERVICES = """\
127.0.0.1:%(submission)d inet n - n - - smtpd
  -o content_filter=scan-%(name)s:[127.0.0.1]:%(filter)d
scan-%(name)s unix - - n - - smtp
  -o smtp_send_xforward_command=yes
127.0.0.1:%(behind)d inet n - n - - smtpd
  -o content_filter=
  -o receive_override_options=%(checks)s
  -o smtpd_sasl_auth_enable=no
  -o mynetworks=127.0.0.0/8
  -o smtpd_relay_restrictions=permit_mynetworks,reject
  -o smtpd_authorized_xforward_hosts=127.0.0.0/8
"""


def send(port, name, secret):
    """A mail to one who gets it, one who is unknown, and one who is put off."""
    subject = word("名冊 %s 補件" % secret)
    attachment = word("員工_%s.xlsx" % secret)
    lines = [
        "From: <%s@agency.gov.tw>" % name, "Subject: " + subject, "MIME-Version: 1.0",
        'Content-Type: multipart/mixed; boundary="b1"', "", "--b1", "Content-Type: text/plain", "", "-", "--b1",
        "Content-Type: application/octet-stream", 'Content-Disposition: attachment; filename="%s"' % attachment,
        "", "x", "--b1--", ""]
    with smtplib.SMTP("127.0.0.1", port, local_hostname="pc-137.hr.agency.gov.tw", timeout=10) as client:
        client.login(name, "secret")
        client.sendmail(name + "@agency.gov.tw", list(RECIPIENTS), "\r\n".join(lines).encode())


RECIPIENTS = {"ok@example.com": "left", "bad@bounce.test": "failed", "late@defer.test": "pending"}


def word(text):
    """As mail programs in Taiwan write it."""
    return "=?big5?B?%s?=" % base64.b64encode(text.encode("big5")).decode()


def mail_words(mails, filtered):
    """What stands in the log when nothing more will happen: every mail is deferred for one, and bounced for another."""
    return {b"status=deferred": mails, b"status=bounced": mails, b"sender non-delivery notification": mails,
            b": removed": mails + filtered}


def mail_event(name, secret):
    masked = "%s********" % secret[:2]
    return {
        "route": "mail-out", "actor": name + "@agency.gov.tw", "subjects": 1, "rows": 2,
        "outcomes": {"left": 1, "failed": 1, "pending": 1}, "recipients": RECIPIENTS,
        "objects": ["員工_%s.xlsx" % masked, "名冊 %s 補件" % masked], "origins": ["127.0.0.1"]}


def nginx_scenario(program, folder, rng):
    """Requests with a value in them: only what has delivered bytes is a download, by both formats."""
    names = ["whole", "part", "path", "broken", "head", "same", "denied"]
    secrets = {name: synthetic.national_id(rng) for name in [*names, "nothing"]}
    (port,) = free_ports(1)
    asked = {name: "/export?%s=%s" % (percent("身分證"), percent(secret)) for name, secret in secrets.items()}
    with contextlib.ExitStack() as stack:
        settings = {"HTTP_PORT": port, "HTTP_USERS": " ".join(names)}
        stack.enter_context(server("nginx.sh", folder / "server", settings))
        files, logs = folder / "server" / "www" / "files", folder / "server" / "log"
        (files / ("名冊_%s.csv" % secrets["path"])).write_text(CONTENT)
        plain, json_ = (stack.enter_context(Breachd(program, folder / name, [logs / name]))
                        for name in ("access.log", "access.json"))
        fetch = functools.partial(request, port)
        etag = fetch("whole", "GET", asked["whole"], 200)["ETag"]
        fetch("part", "GET", asked["part"], 206, Range="bytes=2-5")
        fetch("path", "GET", "/files/" + percent("名冊_%s.csv" % secrets["path"]), 200)
        break_off(port, "broken", "/slow?id=" + secrets["broken"])
        fetch("head", "HEAD", asked["head"], 200)
        fetch("same", "GET", asked["same"], 304, **{"If-None-Match": etag})
        fetch("denied", "GET", "/denied?id=" + secrets["denied"], 403)
        fetch("denied", "GET", "/nothing?id=" + secrets["nothing"], 404)
        wait_for_words(logs / "access.log", {b"\n": 8})
        wait_for_words(logs / "access.json", {b"\n": 8})
        path = "/files/名冊_%s********.csv" % secrets["path"][:2]
        for daemon, broken in ((plain, "left"), (json_, "left-partly")):
            drafts = [fetched("whole", "/export"), fetched("part", "/export"), fetched("path", path),
                      fetched("broken", "/slow", outcome=broken)]
            agree(daemon, drafts, EXPOSED[daemon.folder.name], secrets.values())


def exposed(actor, objects, count):
    return {
        "route": "exposure-in-log", "actor": actor, "subjects": count, "rows": count, "outcomes": {"unknown": count},
        "recipients": {"-": "unknown"}, "objects": objects, "origins": ["127.0.0.1"]}


# What is not answered with bytes stands in the log and no more. Only the server's own format names who sent a HEAD.
REFUSED = ["/denied", "/export", "/nothing"]
EXPOSED = {
    "access.log": [exposed("127.0.0.1", REFUSED, 3), exposed("head", ["/export"], 1)],
    "access.json": [exposed("127.0.0.1", REFUSED, 4)],
}


def request(port, user, method, target, expected, **headers):
    """Asks for exactly this target, bytes unchanged; returns the headers of the answer."""
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as client:
        client.request(method, target, headers=dict(headers, Authorization=basic(user)))
        answer = client.getresponse()
        answer.read()
        if answer.status != expected:
            raise Failure("nginx answered %d to %s %s, expected %d" % (answer.status, method, target, expected))
        return answer.headers


def break_off(port, user, target):
    """Hangs up when some of the answer has come and most of it has not."""
    asked = "GET %s HTTP/1.1\r\nHost: portal\r\nAuthorization: %s\r\n\r\n" % (target, basic(user))
    with socket.create_connection(("127.0.0.1", port), 10) as client:
        client.sendall(asked.encode())
        answer, more = b"", b"-"
        while len(answer) < 2048 and more:
            more = client.recv(65536)
            answer += more
    if not more or not answer.startswith(b"HTTP/1.1 200 "):
        raise Failure("nginx answered %r to %s" % (answer[:80], target))


def basic(user):
    return "Basic " + base64.b64encode((user + ":secret").encode()).decode()


def fetched(actor, *objects, outcome="left", route="download", subjects=1):
    return {
        "route": route, "actor": actor, "subjects": subjects, "rows": subjects, "outcomes": {outcome: 1},
        "recipients": {"-": outcome}, "objects": list(objects), "origins": ["127.0.0.1"]}


def vsftpd_scenario(program, folder, rng):
    """A download, one that is broken off, an upload and a deletion, by both logs."""
    secrets = {name: synthetic.national_id(rng) for name in ("whole", "broken", "upload", "deleted")}
    (port,) = free_ports(1)
    with contextlib.ExitStack() as stack:
        stack.enter_context(server("vsftpd.sh", folder / "server", {"FTP_PORT": port}))
        home, logs = folder / "server" / "home", folder / "server" / "log"
        files = {name: "list %s.csv" % secret for name, secret in secrets.items()}
        (home / files["whole"]).write_text(CONTENT)
        (home / files["deleted"]).write_text(CONTENT)
        with open(home / files["broken"], "wb") as large:
            large.truncate(64 * 1024 * 1024)
        own, xferlog = (stack.enter_context(Breachd(program, folder / name, [logs / name]))
                        for name in ("vsftpd.log", "xferlog"))
        for name, do in FTP.items():
            with ftplib.FTP() as client:
                client.connect("127.0.0.1", port, timeout=10)
                client.login(name, "secret")
                do(client, files[name])
        wait_for_words(logs / "vsftpd.log", {b" DOWNLOAD: ": 2, b" UPLOAD: ": 1, b" DELETE: ": 1})
        wait_for_words(logs / "xferlog", {b" _ o g ": 2, b" _ i g ": 1})
        masked = {name: "/list %s********.csv" % secret[:2] for name, secret in secrets.items()}
        transfers = [fetched("whole", masked["whole"]), fetched("broken", masked["broken"], outcome="left-partly")]
        deletion = fetched("deleted", masked["deleted"], route="destruction")
        agree(own, [*transfers, deletion], [], secrets.values())
        # Deletions are not in it, and a blank is written `_`.
        transfers = [dict(event, objects=[event["objects"][0].replace(" ", "_")]) for event in transfers]
        agree(xferlog, transfers, [], secrets.values())


def break_off_ftp(client, name):
    with contextlib.closing(client.transfercmd("RETR " + name)) as data:
        data.recv(65536)
    with contextlib.suppress(ftplib.error_temp):
        client.voidresp()


FTP = {
    "whole": lambda client, name: client.retrbinary("RETR " + name, lambda _: None),
    "broken": break_off_ftp,
    "upload": lambda client, name: client.storbinary("STOR " + name, io.BytesIO(CONTENT.encode())),
    "deleted": lambda client, name: client.delete(name),
}


def syslog_scenario(program, folder, rng):
    """A mail and a session of SFTP, written with three prefixes: each file alone and all together say the same."""
    mailed, *touched = (synthetic.national_id(rng) for _ in range(4))
    smtp, accept, bounce, defer, ssh = free_ports(5)
    settings = {"SMTP_PORT": smtp, "SINK_PORT": accept, "BOUNCE_PORT": bounce, "DEFER_PORT": defer,
                "SASL_USERS": "wang.xm", "LOG_STYLE": "syslog"}
    within = [str(HERE / "syslog.sh"), "within", str(folder / "syslog")]
    logs = [folder / "syslog" / "log" / (name + ".log") for name in ("rfc3164", "rfc3339", "rfc5424")]
    watched = {**{log.stem: [log] for log in logs}, "together": logs}
    with contextlib.ExitStack() as stack:
        stack.enter_context(server("syslog.sh", folder / "syslog", {}))
        stack.enter_context(server("postfix.sh", folder / "postfix", settings, within))
        stack.enter_context(server("sshd.sh", folder / "sshd", {"SSH_PORT": ssh}, within))
        daemons = [stack.enter_context(Breachd(program, folder / name, paths)) for name, paths in watched.items()]
        send(smtp, "wang.xm", mailed)
        session = sftp(folder / "sshd", ssh, touched)
        for log in logs:
            wait_for_words(log, {**mail_words(1, 0), b"session closed for local user": 1})
        expected = [mail_event("wang.xm", mailed), *session]
        cores = {daemon.folder.name: agree(daemon, expected, [], [mailed, *touched]) for daemon in daemons}
        for name, other in cores.items():
            same("%s and rfc3164" % name, whole_seconds(other), whole_seconds(cores["rfc3164"]))
        for daemon in daemons[:3]:
            same("bytes of " + daemon.folder.name, daemon.bytes_delivered(), [len(CONTENT)])


def sftp(folder, port, secrets):
    """One session: of three files the first is fetched, the second removed, the third renamed. Returns its events."""
    names = ["名冊 %s.csv", "舊檔 %s.csv", "改名 %s.csv"]
    paths = [folder / "data" / (name % secret) for name, secret in zip(names, secrets)]
    for path in paths:
        path.write_text(CONTENT)
    got, removed, renamed = paths
    commands = ['get "%s" "%s"' % (got, folder / "got"), 'rm "%s"' % removed,
                'rename "%s" "%s"' % (renamed, folder / "data" / "renamed.csv")]
    batch = folder / "batch"
    batch.write_text("\n".join([*commands, "bye", ""]))
    options = ["StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "IdentitiesOnly=yes", "LogLevel=ERROR"]
    command = ["sftp", "-q", "-F", "none", "-i", str(folder / "client"), "-P", str(port), "-b", str(batch)]
    command += [word for option in options for word in ("-o", option)] + ["www-data@127.0.0.1"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=SERVER_SECONDS, stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        raise Failure("sftp exited with %d: %s" % (done.returncode, done.stderr.strip()))
    # A session names all its files, whatever was done with each.
    objects = [str(path).replace(secret, secret[:2] + "********") for path, secret in zip(paths, secrets)]
    return [fetched("www-data", *objects), fetched("www-data", *objects, route="destruction", subjects=2)]


def whole_seconds(cores):
    """RFC 3164 writes no parts of a second, so of two events in one second either may be the first."""
    drafts, possible = json.loads(re.sub(r"(T\d\d:\d\d:\d\d)\.\d+", r"\1", json.dumps(cores)))
    return sorted(drafts, key=lambda core: core["id"]), possible


def wait_for_words(log, words):
    def missing():
        text = log.read_bytes() if log.exists() else b""
        return {word: text.count(word) for word, count in words.items() if text.count(word) < count}

    wait_for(lambda: not missing(), SERVER_SECONDS, lambda: "%s holds too few: %s" % (log, missing()))


def agree(daemon, drafts, possible, secrets):
    """The daemon knows these events and no others, while it runs, afterwards, and by a replay. Returns the cores."""
    wait_for(daemon.has_read_all, READ_SECONDS, lambda: "watch has read %s" % daemon.bytes_read())
    live = daemon.cores()
    for what, cores, expected in (("drafts", live[0], drafts), ("possible", live[1], possible)):
        same("%s of %s" % (what, daemon.folder.name), ordered(map(shape, cores)), ordered(expected))
    daemon.stop()
    same("after its end", daemon.cores(), live)
    same("replayed", daemon.replayed(), live)
    text = json.dumps(live, ensure_ascii=False)
    if any(secret in text for secret in secrets):
        raise Failure("a value stands in the cores")
    return live


def shape(core):
    return {
        "route": core["route"], "actor": core["actor"], "subjects": core["subjects"]["total"], "rows": core["rows"],
        "outcomes": {outcome: count for outcome, count in core["outcomes"].items() if count},
        "recipients": {recipient["address"]: recipient["outcome"] for recipient in core["recipients"]},
        "objects": core["objects"], "origins": core["origins"]}


def ordered(events):
    events = [dict(event, objects=sorted(event["objects"])) for event in events]
    return sorted(events, key=lambda event: (event["route"], event["actor"]))


def same(what, seen, expected):
    if seen != expected:
        seen, expected = (json.dumps(one, ensure_ascii=False, indent=1, sort_keys=True) for one in (seen, expected))
        lines = difflib.unified_diff(expected.splitlines(), seen.splitlines(), "expected", "seen", lineterm="", n=30)
        raise Failure("%s:\n%s" % (what, "\n".join(lines)))


class filtering:
    """A filter, in a thread of this process."""

    def __init__(self, filter):
        self.filter = filter
        self.thread = threading.Thread(target=filter.serve_forever, args=(0.05,), daemon=True)

    def __enter__(self):
        self.thread.start()
        return self.filter

    def __exit__(self, *_):
        self.filter.shutdown()
        self.filter.server_close()


SCENARIOS = {"postfix": postfix_scenario, "nginx": nginx_scenario, "vsftpd": vsftpd_scenario, "syslog": syslog_scenario}

if __name__ == "__main__":
    main()
