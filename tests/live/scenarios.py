"""Real servers, a real daemon and a real receiver: a leak by mail and a leak by download, end to end.

    python3 tests/live/scenarios.py --breachd target/release/breachd --runs 20 [postfix|nginx|all]

Each run uses an account of its own, hence a case of its own, so one daemon serves all runs. Prints the
latency of every run, from the line on disk to the mail handed over, and the median; exits 1 if anything
did not hold or a run took 2 s or more, and 77 with `SKIP: reason` where the servers cannot run.
"""
import argparse
import base64
import collections
import os
import pathlib
import re
import shutil
import signal
import smtplib
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request

import synthetic
from breachd import Breachd, Failure, Mailbox, Tail, wait_for
from smtpd import Receiver

HERE = pathlib.Path(__file__).resolve().parent
LATENCY_SECONDS_MAX = 2.0
# Long enough that a late mail is reported as a figure, not as a missing mail.
MAIL_SECONDS = 10
INCIDENT_SECONDS = 5
SILENCE_SECONDS = 3
UPDATE_SECONDS = 90
FAILURES_MAX = 3
ONE_PERSON = "1 人（"
# KeyError: JSON of another shape than documented, e.g. an incident without a route.
RUN_ERRORS = (Failure, KeyError, OSError, smtplib.SMTPException, subprocess.TimeoutExpired)

Bench = collections.namedtuple("Bench", "daemon tail mailbox port rng")


def main():
    options = read_options()
    skip_unless_possible(options.scenario)
    # A time limit ends us by SIGTERM, and the servers must be stopped all the same.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    folder = tempfile.mkdtemp(prefix="breachd-live-")
    os.chmod(folder, 0o755)  # postfix and www-data pass through it
    failed = []
    try:
        for name in ("postfix", "nginx"):
            if options.scenario in (name, "all") and not run_scenario(name, options, folder):
                failed.append(name)
    finally:
        if options.keep or failed:
            print("logs, mails and state are in " + folder)
        else:
            shutil.rmtree(folder)
    sys.exit(1 if failed else 0)


def read_options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--breachd", required=True, help="the program under test")
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1, help="of the synthetic IDs")
    parser.add_argument("--log-style", choices=("postfix", "rsyslog"), default="postfix",
                        help="who writes mail.log: Postfix (RFC 3164) or a private rsyslogd (RFC 3339)")
    parser.add_argument("--relay", choices=("direct", "postfix"), default="direct",
                        help="the alerts' way: straight to the receiver, or through the Postfix being watched")
    parser.add_argument("--updates", action="store_true",
                        help="wait a minute for the updates that name who was missing from a first mail")
    parser.add_argument("--keep", action="store_true", help="leave the folder with logs, mails and state")
    parser.add_argument("scenario", nargs="?", choices=("postfix", "nginx", "all"), default="all")
    options = parser.parse_args()
    if not os.access(options.breachd, os.X_OK):
        parser.error("--breachd %s: no such program" % options.breachd)
    return options


def skip_unless_possible(scenario):
    programs = {"postfix": ["postfix", "smtp-sink", "saslpasswd2"], "nginx": ["nginx", "htpasswd"]}
    wanted = sum((programs[name] for name in programs if scenario in (name, "all")), [])
    missing = [program for program in wanted if not shutil.which(program, path=os.environ["PATH"] + ":/usr/sbin")]
    if os.geteuid() != 0:
        skip("needs root to start the servers")
    if missing:
        skip("not installed: " + ", ".join(missing))


def skip(reason):
    print("SKIP: " + reason)
    sys.exit(77)


def run_scenario(name, options, folder):
    print("== %s, %d runs" % (name, options.runs))
    folder = pathlib.Path(folder) / name
    try:
        {"postfix": postfix_scenario, "nginx": nginx_scenario}[name](options, folder)
    except RUN_ERRORS as failure:
        print("FAIL %s: %s" % (name, wording(failure)))
        return False
    return True


def postfix_scenario(options, folder):
    names = ["user%02d" % number for number in range(1, options.runs + 1)]
    smtp, accept, bounce = free_ports(3)
    with serving(folder / "received") as receiver:
        settings = {"SMTP_PORT": smtp, "SINK_PORT": accept, "BOUNCE_PORT": bounce,
                    "SASL_USERS": " ".join(names), "LOG_STYLE": options.log_style}
        alert_port = receiver.port
        if options.relay == "postfix":
            settings["ALERT_PORT"], alert_port = receiver.port, smtp
            settings["LOGGED_HEADERS"] = "Subject|To|Cc"
        log = folder / "server" / "log" / "mail.log"
        with server("postfix.sh", folder / "server", settings), Tail(log) as tail:
            # A team outside the organisation: were there anything to find in an alert, it would have left.
            domain = "elsewhere.example" if options.relay == "postfix" else "agency.gov.tw"
            with Breachd(options.breachd, folder / "breachd", [log], alert_port, domain) as daemon:
                bench = Bench(daemon, tail, Mailbox(folder / "received"), smtp, synthetic.generator(options.seed))
                measure(names, lambda name: one_mail(bench, name))
                if options.relay == "postfix":
                    alerts_pass_the_log_that_is_watched(bench, len(names))
                if options.updates:
                    update_each(bench, names)
                one_incident_each(bench, names)


def nginx_scenario(options, folder):
    names = ["user%02d" % number for number in range(1, options.runs + 1)]
    (http,) = free_ports(1)
    with serving(folder / "received") as receiver:
        settings = {"HTTP_PORT": http, "HTTP_USERS": " ".join(names)}
        log = folder / "server" / "log" / "access.log"
        with server("nginx.sh", folder / "server", settings), Tail(log) as tail:
            with Breachd(options.breachd, folder / "breachd", [log], receiver.port) as daemon:
                bench = Bench(daemon, tail, Mailbox(folder / "received"), http, synthetic.generator(options.seed))
                measure(names, lambda name: one_download(bench, name))
                downloads_without_a_user(bench, names[0])
                one_incident_each(bench, names)


def measure(names, run):
    """Does one run per name, prints the latencies, and raises if any run failed or took too long."""
    latencies, failures = [], 0
    for name in names:
        try:
            latencies.append(run(name))
            print("%s  %7.1f ms" % (name, latencies[-1] * 1000))
        except RUN_ERRORS as failure:
            failures += 1
            print("%s  FAIL: %s" % (name, wording(failure)))
            if failures == FAILURES_MAX:
                raise Failure("%d runs failed; not going on" % failures) from None
    within = sum(latency < LATENCY_SECONDS_MAX for latency in latencies)
    if latencies:
        print("median %.1f ms, slowest %.1f ms, under %g s in %d of %d runs" % (
            statistics.median(latencies) * 1000, max(latencies) * 1000, LATENCY_SECONDS_MAX, within, len(names)))
    if failures or within < len(names):
        raise Failure("%d of %d runs were good and under %g s" % (within, len(names), LATENCY_SECONDS_MAX))


def one_mail(bench, name):
    """One leak by mail; returns the seconds from `status=sent` on disk to the alert received."""
    secret = synthetic.national_id(bench.rng)
    queue_id = send_mail(bench.port, name, "身分證字號 %s 補件" % secret, ["ok@example.com", "bad@bounce.test"])
    at_ns, _ = wait_for(
        lambda: bench.tail.first(": %s: " % queue_id, "status=sent"), MAIL_SECONDS,
        lambda: "Postfix logged no status=sent for %s" % queue_id)
    mail = first_mail(bench, name)
    wanted = {"ok@example.com": "left", "bad@bounce.test": "failed"}
    # Postfix names a recipient when it delivers: the other one may only be in an update, `update_each` sees to it.
    mail.check(name, ["ok@example.com", ONE_PERSON], [secret, secret[1:]])
    incident_becomes(bench, name, "mail-out", lambda shown: outcomes_of(shown) == wanted,
                     lambda shown: "recipients %s, expected %s" % (outcomes_of(shown), wanted))
    return (mail.received_ns - at_ns) / 1e9


def one_download(bench, name):
    """One leak by download; returns the seconds from the access log's line on disk to the alert received."""
    secret = synthetic.national_id(bench.rng)
    # The field's name is sometimes ASCII and sometimes 身分證, which arrives percent-encoded as well.
    key = ("id", percent("身分證"))[int(name[-1]) % 2]
    query = "%s=%s" % (key, percent(secret))
    status = request(bench.port, "/export?" + query, name, "secret")
    if status != 200:
        raise Failure("nginx answered %d to %s, expected 200" % (status, name))
    at_ns, _ = wait_for(
        lambda: bench.tail.first(query, " %s [" % name), MAIL_SECONDS,
        lambda: "nginx logged no request of %s" % name)
    mail = first_mail(bench, name)
    mail.check(name, ["/export", ONE_PERSON], [secret, secret[1:], percent(secret)])
    incident_becomes(bench, name, "download", lambda shown: True, lambda shown: "")
    return (mail.received_ns - at_ns) / 1e9


def downloads_without_a_user(bench, known_name):
    """The same request by nobody, by nobody at the gate, and with a wrong password: findings, no mail."""
    received, spooled = len(bench.mailbox.mails()), bench.daemon.cases_spooled()
    incidents = {incident["id"] for incident in bench.daemon.incidents()}
    secret = percent(synthetic.national_id(bench.rng))
    asked = [("/open/export", None, 200), ("/export", None, 401), ("/export", known_name, 401)]
    for path, user, expected in asked:
        status = request(bench.port, "%s?id=%s" % (path, secret), user, "wrong")
        if status != expected:
            raise Failure("nginx answered %d to %s, expected %d" % (status, path, expected))
    wait_for(lambda: exposures(bench), INCIDENT_SECONDS,
             lambda: "incident list --possible: no exposure-in-log for 127.0.0.1 in %s" % bench.daemon.incidents("--possible"))
    time.sleep(SILENCE_SECONDS)
    bench.daemon.must_live()
    # An update goes out 60 s after a change, so one about an earlier run may fall into this silence.
    extra = [mail for mail in bench.mailbox.mails()[received:] if not mail.is_update()]
    if extra:
        raise Failure("a request without a user raised " + "; ".join(mail.describe() for mail in extra))
    new = bench.daemon.cases_spooled() - spooled
    if new:
        raise Failure("a request without a user put %s into the spool" % sorted(new))
    new = [incident for incident in bench.daemon.incidents() if incident["id"] not in incidents]
    if [incident for incident in new if incident["route"] != "exposure-in-log"]:
        raise Failure("a request without a user made the incidents %s" % new)
    print("without a user: no mail in %g s, exposure-in-log for 127.0.0.1" % SILENCE_SECONDS)


def exposures(bench):
    return [incident for incident in bench.daemon.incidents("--possible")
            if incident["route"] == "exposure-in-log" and "127.0.0.1" in str(incident["actor"])]


def first_mail(bench, name):
    def look():
        bench.daemon.must_live()
        return bench.mailbox.first_mails(name)

    return wait_for(look, MAIL_SECONDS, lambda: "no alert about %s; %d mails in all;%s" % (
        name, len(bench.mailbox.mails()), bench.daemon.last_words()))[0]


def incident_becomes(bench, name, route, holds, what):
    """Waits until the actor has exactly one incident, on this route, with one subject, and `holds` of it."""
    seen = ["nothing"]

    def look():
        listed = incidents_of(bench, name)
        seen[0] = "incident list has %s for %s, expected one" % (listed, name)
        if len(listed) != 1:
            return None
        shown = bench.daemon.ask("incident", "show", listed[0]["id"])
        subjects = (total(listed[0]["subjects"]), total(shown["subjects"]))
        seen[0] = "%s: route %s, subjects %s in list and %s in show, %s" % (
            listed[0]["id"], shown["route"], subjects[0], subjects[1], what(shown))
        return subjects == (1, 1) and shown["route"] == route and holds(shown)

    return wait_for(look, INCIDENT_SECONDS, lambda: seen[0])


def one_incident_each(bench, names):
    """After all runs: one first mail and one incident for each actor, and none for anybody else."""
    first = [mail for mail in bench.mailbox.mails() if not mail.is_update()]
    for name in names:
        ids = {mail.id for mail in first if mail.is_about(name)}
        if len(ids) != 1:
            raise Failure("%d first mails about %s, expected exactly one: %s" % (len(ids), name, sorted(ids)))
    strangers = [mail.describe() for mail in first if not any(mail.is_about(name) for name in names)]
    if strangers:
        raise Failure("mails about nobody of ours: " + "; ".join(strangers))
    opened = [incident for incident in bench.daemon.incidents() if incident["route"] != "exposure-in-log"]
    actors = sorted(account(incident["actor"]) for incident in opened)
    if actors != sorted(names):
        raise Failure("incidents by %s, expected one for each of %s" % (actors, names))
    print("one first mail and one incident for each of %d actors" % len(names))


def alerts_pass_the_log_that_is_watched(bench, number):
    """Every alert stands in the log with its Message-ID, and nothing is made of it: nobody but the senders of the
    leaks is told of afterwards, however long one waits."""
    seen = lambda: [line for _, line in bench.tail.lines if "message-id=<BD-" in line]
    wait_for(lambda: len(seen()) >= number, MAIL_SECONDS, lambda: "%d alerts in the log, expected %d" % (len(seen()), number))
    delivered = lambda: [line for _, line in bench.tail.lines if "to=<privacy@" in line and "status=sent" in line]
    wait_for(delivered, MAIL_SECONDS, lambda: "no alert was delivered through the log")
    time.sleep(SILENCE_SECONDS)
    print("%d alerts passed the log that is watched" % len(seen()))


def update_each(bench, names):
    """The latest mail about each actor names both recipients, each with what became of it."""
    wanted = [("ok@example.com", "已寄出機關外部"), ("bad@bounce.test", "退信，未外流")]

    def missing():
        latest = {name: mail for mail in bench.mailbox.mails() for name in names if mail.is_about(name)}
        return [name for name in names if not all(
            re.search(re.escape(address) + ".*" + outcome, latest[name].text) for address, outcome in wanted)]

    incomplete = missing()
    wait_for(lambda: not missing(), UPDATE_SECONDS, lambda: "no mail about %s names both recipients" % missing())
    print("both recipients in the first mail of %d actors, in an update of %d" % (
        len(names) - len(incomplete), len(incomplete)))


def wording(failure):
    return str(failure) if isinstance(failure, Failure) else repr(failure)


def incidents_of(bench, name):
    return [incident for incident in bench.daemon.incidents() if account(incident["actor"]) == name]


def account(actor):
    """`user01@agency.gov.tw` and `user01` are the same account; any other domain is another's."""
    name, _, domain = str(actor).partition("@")
    return name if domain in ("", "agency.gov.tw") else str(actor)


def total(subjects):
    return subjects["total"] if isinstance(subjects, dict) else subjects


def outcomes_of(incident):
    return {recipient["address"]: recipient["outcome"] for recipient in incident["recipients"]}


def send_mail(port, name, subject, recipients):
    """Sends with a Big5 subject, as mail programs in Taiwan do; returns Postfix's queue id."""
    word = "=?big5?B?%s?=" % base64.b64encode(subject.encode("big5")).decode()
    lines = ["From: <%s@agency.gov.tw>" % name, "To: " + ", ".join(recipients), "Subject: " + word, "", "-", ""]
    with smtplib.SMTP("127.0.0.1", port, local_hostname="pc-137.hr.agency.gov.tw", timeout=10) as client:
        client.login(name, "secret")
        client.mail(name + "@agency.gov.tw")
        for recipient in recipients:
            client.rcpt(recipient)
        code, answer = client.data("\r\n".join(lines).encode())
    text = answer.decode()
    if code != 250 or "queued as " not in text:
        raise Failure("Postfix answered %d %s to the mail of %s" % (code, text, name))
    return text.split("queued as ")[1].strip()


def request(port, target, user, password):
    """Asks for exactly this target, bytes unchanged; returns the status."""
    asked = urllib.request.Request("http://127.0.0.1:%d%s" % (port, target))
    if user is not None:
        token = base64.b64encode(("%s:%s" % (user, password)).encode()).decode()
        asked.add_header("Authorization", "Basic " + token)
    # Not through a proxy that the environment may name.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(asked, timeout=10) as answer:
            answer.read()
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def percent(text):
    """Every byte encoded, letters and digits too, so that no plain search can see the value."""
    return "".join("%%%02X" % byte for byte in text.encode("utf-8"))


class serving:
    """The receiver, in a thread of this process."""

    def __init__(self, folder):
        self.receiver = Receiver(folder)
        self.thread = threading.Thread(target=self.receiver.serve_forever, args=(0.05,), daemon=True)

    def __enter__(self):
        self.thread.start()
        return self.receiver

    def __exit__(self, *_):
        self.receiver.shutdown()
        self.receiver.server_close()


class server:
    """One of the server scripts, from start to stop; `within` is a command that it is run by."""

    def __init__(self, script, folder, settings, within=()):
        self.within = list(within)
        self.command = [str(HERE / script), "start", str(folder)]
        self.settings = dict(os.environ, **{name: str(value) for name, value in settings.items()})

    def __enter__(self):
        # Files, not pipes: the servers inherit them and would keep a pipe open for ever.
        with tempfile.TemporaryFile() as out:
            command = self.within + self.command
            try:
                code = subprocess.call(command, env=self.settings, stdin=subprocess.DEVNULL, stdout=out, stderr=out)
            except BaseException:
                # The script is killed then, and cannot stop what it has started.
                self.__exit__()
                raise
            out.seek(0)
            text = out.read().decode("utf-8", "replace").strip()
        if code == 77:
            skip(text)
        if code != 0:
            raise Failure("%s exited with %d: %s" % (self.command[0], code, text))

    def __exit__(self, *_):
        self.command[1] = "stop"
        subprocess.call(self.command, env=self.settings, stdin=subprocess.DEVNULL)


def free_ports(count):
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


if __name__ == "__main__":
    main()
