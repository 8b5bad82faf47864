//! What a line says, as facts: the last place where log bytes are seen.

use super::examine::Examined;
use super::{Said, Scanner};
use crate::batch::{Body, Fact};
use crate::detect::Terms;
use crate::event::{Actor, Context, Family, Link, Outcome, Role, Thread};
use crate::format::Parsed;
use crate::line::{Line, Place};
use crate::mask::{Raw, Shown};
use crate::moment::SECOND;
use crate::record::Writer;

impl Scanner {
    /// Adds everything that a line says.
    pub(super) fn say(
        &self,
        said: &mut Said,
        parsed: &Parsed<'_>,
        examined: &[Examined<'_>],
        line: &Line<'_>,
        place: &Place,
    ) {
        let thread = self.thread(parsed, line);
        let mut add = |role: Role, body: Body| {
            said.facts.push(Fact {
                thread: thread.clone(),
                time: parsed.time,
                role,
                place: place.clone(),
                body,
            });
        };
        let label = self.label(examined);
        let mut nth = std::collections::BTreeMap::new();
        for examined in examined.iter().filter(|examined| examined.has_hits()) {
            let nth = nth.entry(examined.field.name).or_insert(0u16);
            add(Role::Content, Body::Hit(self.record(examined, *nth, &label)));
            *nth += 1;
        }
        for record in self.addressee_records(examined) {
            add(Role::Content, Body::Hit(record));
        }
        let context = Context {
            actor: parsed.actor.map(|(name, basis)| Actor { name: self.address(name), basis }),
            origin: parsed.origin,
            object: parsed.object.map(|object| self.object(object, examined)),
        };
        if context != Context::default() {
            add(parsed.role, Body::Context(context));
        }
        let file = parsed.object.filter(|_| parsed.channel.family == Family::File);
        for happened in &parsed.outcomes {
            let outcome = Outcome {
                recipient: happened.recipient.map(|address| self.address(address)),
                original: happened.original.map(|address| self.address(address)),
                status: happened.status,
                next: happened.next.map(Into::into),
                file: file.map(|name| self.keys.same(name.bytes())),
            };
            add(parsed.role, Body::Outcome(outcome));
        }
        let other = |name: &str| Thread { name: name.into(), ..thread.clone() };
        if let Some(link) = parsed.link {
            add(Role::Context, Body::Link(Link { to: other(link) }));
        }
        let object = parsed.object.map(|object| self.object(object, examined));
        if let Some(count) = self.count(parsed, examined, object, &thread.name) {
            add(Role::Outcome, Body::Count(count));
        }
        if parsed.name.is_some() && !parsed.complete {
            let next = parsed.outcomes.iter().filter_map(|happened| happened.next);
            let joined = parsed.link.into_iter().chain(next).map(other);
            said.threads.extend(joined.map(|thread| (thread, parsed.time.us)));
            said.threads.insert((thread, parsed.time.us));
        }
    }

    /// What the words of a line say of every record in it: a subject or a file's name is about all that was sent. Words
    /// that anybody may write (agent, referrer) are about their own field only.
    fn label(&self, examined: &[Examined<'_>]) -> Terms {
        let mut label = Terms::default();
        if examined.iter().any(Examined::has_likely) {
            for examined in examined.iter().filter(|examined| examined.field.writer != Writer::Anybody) {
                label.join(self.terms(examined));
            }
        }
        label
    }

    /// The line's thread: what the log names it by, else a keyed hash of its bytes and time. The time in whole seconds,
    /// because that is all that RFC 3164 has of it, and the same line in two files is one line; a line that comes twice
    /// within a second is one event anyway in access logs.
    pub(super) fn thread(&self, parsed: &Parsed<'_>, line: &Line<'_>) -> Thread {
        let own = || {
            let mut bytes = line.bytes()[parsed.body.clone()].to_vec();
            bytes.extend(parsed.time.us.div_euclid(SECOND).to_be_bytes());
            self.keys.same(&bytes).to_string().into()
        };
        Thread {
            channel: parsed.channel,
            host: parsed.host.into(),
            name: match parsed.name.as_deref() {
                // Nobody looks for its other lines by that name, which may be an id that a client chose: it is only compared.
                Some(name) if parsed.complete => self.keys.same(name.as_bytes()).to_string().into(),
                name => name.map_or_else(own, Into::into),
            },
        }
    }

    /// A file name, path or subject: most often a content field, and then redacted as that field is.
    fn object(&self, object: Raw<'_>, examined: &[Examined<'_>]) -> Shown {
        let field = examined.iter().find(|examined| examined.field.raw == object);
        field.map_or_else(|| self.shown_alone(object), |examined| self.shown(examined).clone())
    }
}
