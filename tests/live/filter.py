"""A content filter beside Postfix: takes every message and gives it back on another port, as amavis does.

What Postfix sees of it is the protocol: XFORWARD with the first queue id, or nothing of the kind; and the answer to the
final dot, in which the second queue id stands.
"""
import smtplib
import socketserver

from smtpd import Session


class Filter(socketserver.ThreadingTCPServer):
    """`reply` words the answer to the final dot from that of the port behind, `{code} {said}`."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, behind, forwards, reply):
        super().__init__(("127.0.0.1", 0), FilterSession)
        self.behind, self.forwards, self.reply = behind, forwards, reply

    @property
    def port(self):
        return self.server_address[1]


class FilterSession(Session):
    def reset(self):
        super().reset()
        self.attributes = []

    def obey(self, line):
        verb = line[:8].upper()
        if verb.startswith("EHLO") and self.server.forwards:
            self.reply("250-filter.agency.gov.tw\r\n250-8BITMIME\r\n"
                       "250 XFORWARD NAME ADDR PORT PROTO HELO IDENT SOURCE")
        elif verb == "XFORWARD":
            self.attributes.append(line[9:])
            self.reply("250 OK")
        elif verb.startswith("MAIL"):
            # The attributes come before it and belong to it.
            kept = self.attributes
            super().obey(line)
            self.attributes = kept
        else:
            return super().obey(line)
        return True

    def take_message(self):
        body = self.read_message()
        with smtplib.SMTP("127.0.0.1", self.server.behind, local_hostname="localhost", timeout=10) as client:
            client.ehlo()
            for attributes in self.attributes:
                client.docmd("XFORWARD", attributes)
            client.mail(self.sender, ["BODY=8BITMIME"])
            for recipient in self.recipients:
                client.rcpt(recipient)
            code, said = client.data(body)
        self.reset()
        self.reply("%d %s" % (code, self.server.reply.format(code=code, said=said.decode())))
