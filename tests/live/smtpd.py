"""A small SMTP server that keeps what it is given, for tests. Standard library only: `smtpd` left it
with Python 3.12.

    python3 smtpd.py FOLDER [PORT]       prints "listening on 127.0.0.1:PORT" and serves until ended

Each message becomes FOLDER/NNNN.eml (the bytes as received) and FOLDER/NNNN.json:
{"received_ns": …, "from": …, "to": […]}. The time is taken when the final dot has arrived, before the
answer; the .json appears last and whole, so a reader waits for that.
"""
import json
import os
import pathlib
import socketserver
import sys
import threading
import time

LINE_BYTES_MAX = 65536
MESSAGE_BYTES_MAX = 32 * 1024 * 1024


class Receiver(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, folder, port=0):
        super().__init__(("127.0.0.1", port), Session)
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.lock = threading.Lock()
        self.count = len(list(self.folder.glob("*.json")))

    @property
    def port(self):
        return self.server_address[1]

    def store(self, sender, recipients, body, received_ns):
        with self.lock:
            self.count += 1
            name = "%04d" % self.count
        (self.folder / (name + ".eml")).write_bytes(body)
        envelope = {"received_ns": received_ns, "from": sender, "to": recipients}
        unfinished = self.folder / (name + ".part")
        unfinished.write_text(json.dumps(envelope))
        os.replace(unfinished, self.folder / (name + ".json"))
        return name


class Session(socketserver.StreamRequestHandler):
    timeout = 60
    disable_nagle_algorithm = True

    def handle(self):
        self.reset()
        self.reply("220 alerts.agency.gov.tw ESMTP")
        try:
            while True:
                line = self.rfile.readline(LINE_BYTES_MAX)
                if not line or not self.obey(line.decode("utf-8", "replace").strip()):
                    return
        except OSError:
            # The client left; what it had finished is stored already.
            return

    def reset(self):
        self.sender, self.recipients = None, []

    def reply(self, text):
        self.wfile.write(text.encode() + b"\r\n")

    def obey(self, line):
        """Does one command; false ends the session."""
        verb, upper = line[:4].upper(), line.upper()
        if verb == "EHLO":
            self.reply("250-alerts.agency.gov.tw\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 PIPELINING")
        elif verb in ("HELO", "NOOP"):
            self.reply("250 OK")
        elif verb == "RSET":
            self.reset()
            self.reply("250 OK")
        elif upper.startswith("MAIL FROM:"):
            self.reset()
            self.sender = address_in(line[10:])
            self.reply("250 OK")
        elif upper.startswith("RCPT TO:") and self.sender is not None:
            self.recipients.append(address_in(line[8:]))
            self.reply("250 OK")
        elif verb == "DATA" and self.recipients:
            self.take_message()
        elif verb == "QUIT":
            self.reply("221 bye")
            return False
        elif verb in ("MAIL", "RCPT", "DATA"):
            self.reply("503 bad sequence of commands")
        else:
            self.reply("502 not implemented")
        return True

    def take_message(self):
        body = self.read_message()
        received_ns = time.time_ns()
        name = self.server.store(self.sender, self.recipients, body, received_ns)
        self.reset()
        self.reply("250 2.0.0 Ok: queued as " + name)

    def read_message(self):
        self.reply("354 end with a dot")
        lines, size = [], 0
        while True:
            line = self.rfile.readline(LINE_BYTES_MAX)
            if not line:
                raise ConnectionError("client left inside DATA")
            if line in (b".\r\n", b".\n"):
                break
            # RFC 5321, 4.5.2: a leading dot was doubled by the sender.
            lines.append(line[1:] if line.startswith(b".") else line)
            size += len(line)
            if size > MESSAGE_BYTES_MAX:
                raise ConnectionError("message too large")
        return b"".join(lines)


def address_in(text):
    """`<a@b> BODY=8BITMIME` → `a@b`; the null sender is the empty string."""
    text = text.strip()
    if text.startswith("<"):
        return text[1:].split(">", 1)[0]
    return text.split(" ", 1)[0]


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    with Receiver(sys.argv[1], int(sys.argv[2]) if len(sys.argv) == 3 else 0) as server:
        print("listening on 127.0.0.1:%d" % server.port, flush=True)
        try:
            server.serve_forever(poll_interval=0.1)
        except KeyboardInterrupt:
            pass


if __name__ == "__main__":
    main()
