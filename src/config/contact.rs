//! Who is told, and how: mailboxes by role, the relay, and whether every role that a policy notifies has somebody.

use std::collections::BTreeMap;

use super::build::{Builder, Said, is_domain, sub, text, texts};
use super::raw::{Table, Value};
use super::settings::{MailSettings, Mailer, Roles, Settings, Transport};

impl<'b> Builder<'b> {
    pub(super) fn roles(&mut self) -> Roles {
        let mut roles = Roles::default();
        let Some(table) = self.section("roles") else { return roles };
        roles.global = self.mailboxes(table);
        if let Some(units) = sub(table, "unit") {
            for name in units.keys() {
                let own = sub(units, name).map(|unit| self.mailboxes(unit)).unwrap_or_default();
                roles.unit.insert(name.clone(), own);
            }
        }
        roles
    }

    fn mailboxes(&mut self, table: &'b Table) -> BTreeMap<String, Vec<String>> {
        let mut boxes = BTreeMap::new();
        for (role, _) in table.iter().filter(|(_, node)| matches!(node.value, Value::Texts(_))) {
            let list = texts(table, role).map(|said| self.mailbox(said)).collect();
            boxes.insert(role.clone(), list);
        }
        boxes
    }

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

    /// Every role that an active policy notifies has a mailbox: for everybody, or in the unit of each source.
    pub(super) fn mailboxes_for_needed_roles(&mut self, settings: &Settings) {
        let known = self.known;
        let mut clauses: Vec<(&str, Vec<&str>)> = Vec::new();
        for needed in known.needed_roles.iter().filter(|n| settings.policy.active.contains(&n.policy)) {
            match clauses.iter_mut().find(|(role, _)| *role == needed.role) {
                Some((_, list)) if list.contains(&needed.clause.as_str()) => {}
                Some((_, list)) => list.push(&needed.clause),
                None => clauses.push((&needed.role, vec![&needed.clause])),
            }
        }
        for (role, clauses) in clauses {
            let told = |unit: Option<&str>| !settings.roles.mailboxes(role, unit).is_empty();
            let units_told = settings.sources.iter().all(|source| told(source.owner_unit.as_deref()));
            if told(None) || (!settings.sources.is_empty() && units_told) || !self.whole {
                continue;
            }
            let what = format!("no mailbox for role `{role}`, demanded by {}", clauses.join("; "));
            let hint = format!("add: {role} = [\"name@agency.gov.tw\"]");
            match self.root.get("roles") {
                Some(node) => self.error(&node.at, what, hint),
                None => self.missing(&what, &format!("add a table [roles] with {role} = [\"…\"]")),
            }
        }
    }
}

/// One address without name, comment or anything that could end a header line.
fn is_mailbox(address: &str) -> bool {
    let clean = |c: char| !c.is_whitespace() && !c.is_control() && !"<>()[],;:\\\"@".contains(c);
    address
        .split_once('@')
        .is_some_and(|(local, domain)| !local.is_empty() && local.chars().all(clean) && is_domain(domain))
}
