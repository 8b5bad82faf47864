//! `[mail]`: from whom mails come, and how they go out.

use super::build::{Builder, Said, is_domain, text};
use super::settings::{MailSettings, Mailer, Transport};

impl Builder<'_> {
    pub(super) fn mailbox(&mut self, (address, at): Said<'_>) -> String {
        if !is_mailbox(address) {
            let hint = "write only the address: name@agency.gov.tw";
            self.error(at, format!("`{address}` is not a mailbox"), hint);
        }
        address.to_owned()
    }

    pub(super) fn mail(&mut self, mail: &mut MailSettings) {
        let Some(table) = self.section("mail") else { return };
        if let Some((transport, _)) = self.word(table, "transport", &Transport::WORDS) {
            mail.transport = transport;
        }
        if let Some((mailer, _)) = self.word(table, "mailer", &Mailer::WORDS) {
            mail.mailer = mailer;
        }
        if let Some(path) = self.path(table, "spool_dir") {
            mail.spool_dir = path;
        }
        if let Some(from) = text(table, "from") {
            mail.from = self.mailbox(from);
        }
        self.letter(table, &mut mail.letter);
        self.relays(table, mail);
    }
}

/// One address without name, comment or anything that could end a header line.
fn is_mailbox(address: &str) -> bool {
    let clean = |c: char| !c.is_whitespace() && !c.is_control() && !"<>()[],;:\\\"@".contains(c);
    address
        .split_once('@')
        .is_some_and(|(local, domain)| !local.is_empty() && local.chars().all(clean) && is_domain(domain))
}
