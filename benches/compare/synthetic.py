"""A log of synthetic people, and a configuration of breachd that follows it."""

DAY = 86_400
# One line of so many holds a person.
EVERY = 1000


def national_id(serial):
    """A valid number: letter A (10: its digits weigh 1 and 9), male, the rest weighed 8 to 1."""
    digits = f"1{serial % 10_000_000:07}"
    weighed = 1 + sum(int(digit) * weight for digit, weight in zip(digits, range(8, 0, -1)))
    return f"A{digits}{(10 - weighed % 10) % 10}"


class Log:
    """An access log to which lines of equal length are appended."""

    def __init__(self, path, every=EVERY):
        self.path, self.every, self.lines, self.size = path, every, 0, 0
        self.file = open(path, "ab", buffering=0)
        self.line_bytes = len(self.text(0))

    def text(self, line):
        second = line // 1000 % DAY
        stamp = f"17/Nov/2026:{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}"
        what = national_id(line) if line % self.every == 0 else f"{line % 10**10:010}"[::-1].replace("1", "x")
        return (f'203.0.113.9 - user{line // self.every % 100:02} [{stamp} +0000] "GET /file?n={line:09}&id={what} HTTP/1.1" '
                '200 512 "-" "curl/8"\n').encode()

    def write(self, lines):
        self.size += self.file.write(b"".join(map(self.text, range(self.lines, self.lines + lines))))
        self.lines += lines

    def reopen(self):
        self.file.close()
        self.file = open(self.path, "ab", buffering=0)
        self.size = 0


def configure(folder, logs, more=""):
    """Writes folder/breachd.toml; mails stay in folder/spool."""
    (folder / "key").write_text("00" * 32)
    (folder / "key").chmod(0o400)
    sources = "".join(f'[[source]]\npath = "{log}"\nstart = "all"\n' for log in logs)
    (folder / "breachd.toml").write_text(
        f'state_dir = "{folder}/state"\n[org]\nname = "示範機關"\ndomains = ["agency.gov.tw"]\n'
        f'[key]\nfile = "{folder}/key"\n{sources}'
        '[roles]\ndpo = ["a@agency.gov.tw"]\nunit-head = ["b@agency.gov.tw"]\n'
        'exec-secretary = ["c@agency.gov.tw"]\nciso = ["d@agency.gov.tw"]\n'
        f'[mail]\ntransport = "none"\nspool_dir = "{folder}/spool"\nfrom = "breachd@agency.gov.tw"\n{more}'
    )
