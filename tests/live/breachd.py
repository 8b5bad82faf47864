"""breachd under test, and what a scenario may ask of it: the daemon, its command line, its mails."""
import contextlib
import email
import email.policy
import html
import io
import json
import pathlib
import re
import shutil
import sqlite3
import subprocess
import threading
import time
import zipfile

READY_SECONDS = 30
STOP_SECONDS = 30
LEVEL = re.compile(r"第\s*[0-9一二三四]\s*級")

CONFIG = """\
state_dir = "{state}"
[org]
name = "示範市政府"
domains = ["{domain}"]
networks = []
timezone = "{timezone}"
{sources}
[key]
file = "{dir}/key"
[roles]
dpo = ["privacy@agency.gov.tw"]
unit-head = ["head@agency.gov.tw"]
exec-secretary = ["secretary@agency.gov.tw"]
ciso = ["ciso@agency.gov.tw"]
[storm]
burst = 10000
per_hour = 10000
[mail]
{mail}
spool_dir = "{dir}/spool"
from = "breachd@agency.gov.tw"
"""
SOURCE = '[[source]]\npath = "%s"\nstart = "beginning"\n'
SMTP = 'transport = "smtp"\nhost = "127.0.0.1"\nport = %d\ntls = "none"\n'
KEY = bytes(range(32)).hex()


class Failure(Exception):
    """What did not hold; its text says what was expected and what was seen."""


def wait_for(look, seconds, what):
    """The first true value of `look()`; `what` is a function that words the failure."""
    deadline = time.monotonic() + seconds
    while True:
        value = look()
        if value:
            return value
        if time.monotonic() > deadline:
            raise Failure("%s (waited %g s)" % (what(), seconds))
        time.sleep(0.005)


class Breachd:
    """`breachd watch` over logs, from `with` to its end. Without a port its mails stay in the spool."""

    def __init__(self, program, folder, logs, smtp_port=None, domain="agency.gov.tw"):
        self.program = str(pathlib.Path(program).resolve())
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True)
        (self.folder / "state").mkdir()
        (self.folder / "spool").mkdir()
        self.logs = [pathlib.Path(log) for log in logs]
        self.key = self.folder / "key"
        self.key.write_text(KEY)
        self.config = self.folder / "breachd.toml"
        self.errors = self.folder / "watch.err"
        self.domain = domain
        self.write_config(self.config, self.folder / "state", smtp_port)

    def write_config(self, path, state, smtp_port=None):
        sources = "".join(SOURCE % log for log in self.logs)
        mail = SMTP % smtp_port if smtp_port else 'transport = "none"\n'
        text = CONFIG.format(
            dir=self.folder, state=state, sources=sources, timezone=zone_of_this_host(), mail=mail,
            domain=self.domain)
        path.write_text(text, encoding="utf-8")

    def __enter__(self):
        with open(self.folder / "watch.out", "wb") as out, open(self.errors, "wb") as err:
            command = [self.program, "-c", str(self.config), "watch"]
            self.process = subprocess.Popen(command, stdout=out, stderr=err, stdin=subprocess.DEVNULL)
        try:
            wait_for(self.is_ready, READY_SECONDS, lambda: "no line with 'ready' on stderr;" + self.last_words())
        except BaseException:
            self.process.kill()
            self.process.wait()
            raise
        return self

    def __exit__(self, kind, value, trace):
        try:
            self.stop()
        except Failure:
            if kind is None:
                raise

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise Failure("watch did not end within %d s of SIGTERM" % STOP_SECONDS) from None

    def is_ready(self):
        self.must_live()
        return any("ready" in line for line in self.stderr().splitlines())

    def must_live(self):
        if self.process.poll() is not None:
            raise Failure("watch ended with %s;%s" % (self.process.returncode, self.last_words()))

    def stderr(self):
        return self.errors.read_text(encoding="utf-8", errors="replace")

    def last_words(self):
        return " its last words: " + (" | ".join(self.stderr().splitlines()[-5:]) or "none")

    def ask(self, *words, config=None):
        """The JSON that a command prints, with `--json` added."""
        command = [self.program, "-c", str(config or self.config), *words, "--json"]
        done = subprocess.run(command, capture_output=True, timeout=30, stdin=subprocess.DEVNULL)
        shown = "breachd " + " ".join(command[3:])
        if done.returncode != 0:
            error = done.stderr.decode("utf-8", "replace").strip()
            raise Failure("%s exited with %d: %s" % (shown, done.returncode, error))
        try:
            return json.loads(done.stdout)
        except ValueError as error:
            raise Failure("%s printed no JSON (%s): %r" % (shown, error, done.stdout[:200])) from None

    def incidents(self, *options):
        return self.ask("incident", "list", *options)["incidents"]

    def has_read_all(self):
        """Whether every byte of the logs is in the store, with what it says."""
        self.must_live()
        return self.bytes_read() == {str(log): log.stat().st_size for log in self.logs if log.exists()}

    def bytes_read(self):
        try:
            return dict(self.look("SELECT path, offset FROM generation"))
        except sqlite3.OperationalError:
            # Not made yet, or busy for longer than SQLite waits.
            return {}

    def bytes_delivered(self):
        """How many bytes went out, of each file that a line says it of."""
        facts = self.look("SELECT body FROM fact WHERE body LIKE '{\"count\":%'")
        told = (json.loads(body)["count"]["bytes"] for (body,) in facts)
        return sorted(bytes for bytes in told if bytes is not None)

    def look(self, question):
        store = "file:%s?mode=ro" % (self.folder / "state" / "state.db")
        with contextlib.closing(sqlite3.connect(store, uri=True)) as store:
            return store.execute(question).fetchall()

    def cores(self):
        """The cores of the drafts, and of what never opens one by itself."""
        return self.cores_of(self.config, self.ask("incident", "list", "--core")["incidents"])

    def replayed(self):
        """The same by a replay of the logs, which is made anew."""
        out = self.folder / "replay"
        shutil.rmtree(out, ignore_errors=True)
        replay = self.ask("replay", "--core", "--key", str(self.key), "--out", str(out), *map(str, self.logs))
        config = self.folder / "replay.toml"
        self.write_config(config, out)
        return self.cores_of(config, replay["incidents"])

    def cores_of(self, config, drafts):
        possible = self.ask("incident", "list", "--possible", config=config)["incidents"]
        ids = sorted(incident["id"] for incident in possible)
        return drafts, [self.ask("incident", "show", id, "--core", config=config) for id in ids]

    def cases_spooled(self):
        """Names of the first mails in the spool, sent or not; an update of a known case may come at any time."""
        found = set()
        for path in (self.folder / "spool").rglob("*.eml"):
            try:
                message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            except FileNotFoundError:
                # Moved from new/ to done/ while we looked, and counted there by the next look.
                return self.cases_spooled()
            if message["In-Reply-To"] is None:
                found.add(path.name)
        return found


class Tail:
    """Records when each line of a file came to be on disk.

    A line's time is that of the last look that did not see it yet, so a latency computed from it is
    never too small; looks are 2 ms apart.
    """

    def __init__(self, path):
        self.path = pathlib.Path(path)
        self.lines = []
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self.follow, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.thread.join()

    def follow(self):
        file, rest, before_ns = None, b"", time.time_ns()
        while not self.ended.wait(0.002):
            look_ns = time.time_ns()
            if file is None and self.path.exists():
                file = open(self.path, "rb")
            data = file.read() if file else b""
            if data:
                *whole, rest = (rest + data).split(b"\n")
                self.lines.extend((before_ns, line.decode("utf-8", "replace")) for line in whole)
            before_ns = look_ns
        if file:
            file.close()

    def first(self, *needles):
        return next(((at, line) for at, line in self.lines if all(n in line for n in needles)), None)


class Mail:
    """One mail as the receiver stored it."""

    def __init__(self, envelope_path):
        self.name = envelope_path.stem
        self.envelope = json.loads(envelope_path.read_text())
        self.raw = envelope_path.with_suffix(".eml").read_bytes()
        self.message = email.message_from_bytes(self.raw, policy=email.policy.default)
        self.text = self.body("text/plain")
        self.html = html.unescape(self.body("text/html"))

    def body(self, kind):
        for part in self.message.walk():
            if part.get_content_type() == kind and not part.get_filename():
                return part.get_content()
        return ""

    @property
    def received_ns(self):
        return self.envelope["received_ns"]

    @property
    def id(self):
        return str(self.message["Message-ID"])

    def is_from_breachd(self):
        return "breachd@agency.gov.tw" in str(self.message["From"])

    def is_update(self):
        return self.message["In-Reply-To"] is not None

    def is_about(self, actor):
        # ASCII neighbours only: 人事室user01寄出 names the actor as well.
        return re.search("(?<![A-Za-z0-9_.-])%s(?![A-Za-z0-9_-])" % re.escape(actor), self.text) is not None

    def describe(self):
        return "mail %s, subject %r" % (self.name, str(self.message["Subject"]))

    def check(self, actor, facts, secrets):
        """Raises unless the mail is well made, names level, actor and facts, and hides the secrets."""
        defects = [str(defect) for part in self.message.walk() for defect in part.defects]
        if defects:
            raise Failure("%s: does not decode cleanly: %s" % (self.describe(), "; ".join(defects)))
        alternatives = [
            [child.get_content_type() for child in part.iter_parts()]
            for part in self.message.walk()
            if part.get_content_type() == "multipart/alternative"
        ]
        if alternatives != [["text/plain", "text/html"]]:
            raise Failure("%s: expected one text+html alternative, found %s" % (self.describe(), alternatives))
        for kind, content in (("text", self.text), ("html", self.html)):
            if not LEVEL.search(content):
                raise Failure("%s: the %s part names no level (第…級)" % (self.describe(), kind))
            missing = [fact for fact in [actor, *facts] if fact not in content]
            if missing:
                raise Failure("%s: the %s part does not name %s" % (self.describe(), kind, ", ".join(missing)))
        for secret in secrets:
            for place, content in self.contents():
                if secret.encode() in content:
                    raise Failure("%s: unmasked value in %s" % (self.describe(), place))

    def contents(self):
        """Every form in which a value could be read: as sent, headers and parts decoded, files unpacked."""
        yield "the raw bytes", self.raw
        for name, value in self.message.items():
            yield "header " + name, str(value).encode("utf-8", "replace")
        for part in self.message.walk():
            if part.is_multipart():
                continue
            content = part.get_payload(decode=True) or b""
            place = "part %s %s" % (part.get_content_type(), part.get_filename() or "")
            yield place, content
            if content.startswith(b"PK"):
                with zipfile.ZipFile(io.BytesIO(content)) as archive:
                    for member in archive.namelist():
                        yield place + " member " + member, archive.read(member)


class Mailbox:
    """The mails of breachd in the receiver's folder, each read once."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.known = {}

    def mails(self):
        for path in sorted(self.folder.glob("*.json")):
            if path not in self.known:
                self.known[path] = Mail(path)
        return [mail for mail in self.known.values() if mail.is_from_breachd()]

    def first_mails(self, actor):
        return [mail for mail in self.mails() if mail.is_about(actor) and not mail.is_update()]


def zone_of_this_host():
    """RFC 3164 stamps carry no zone, and the servers under test write this host's."""
    try:
        return pathlib.Path("/etc/timezone").read_text().strip() or "Etc/UTC"
    except OSError:
        return "Etc/UTC"
