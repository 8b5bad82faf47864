//! Addressees in To and Cc: no personal data by themselves, and facts all the same, because one message may show too
//! many of them to each other. Whether it does is for `incident` to say, which knows who is outside.

use std::ops::Range;

use super::Scanner;
use super::examine::{Examined, Hit, whereabouts};
use crate::format::{ADDRESSEES, Parsed, mailboxes};
use crate::hit::{Finding, Reason};
use crate::kind::{Kind, Nature, Verdict};
use crate::mask::{Sensitive, Shown, Style};
use crate::record::{Record, Value};

impl Scanner {
    /// With an eye on messages that show more than so many addressees outside; 0 is none.
    #[must_use]
    pub fn with_addressees(mut self, allowed: u64) -> Self {
        if allowed > 0 {
            self.engine = self.engine.with_triggers(ADDRESSEES.map(<[u8]>::to_vec));
            self.addressees = Some(allowed);
        }
        self
    }

    /// Whether the message of a line may show too many: a message has one To and one Cc (RFC 5322 §3.6), so one of them
    /// shows more than half of what is allowed, or is cut off after some. The message is followed then, and all its lines
    /// are read.
    pub(super) fn shows_many(&self, parsed: &Parsed<'_>) -> bool {
        let Some(allowed) = self.addressees else { return false };
        let half = usize::try_from(allowed / 2).unwrap_or(usize::MAX);
        let mut lists = parsed.fields.iter().filter(|field| field.name.lists_addressees());
        lists.any(|field| {
            let many = mailboxes(field.raw.bytes(), field.cut).len();
            many > half || (field.cut && many > 0)
        })
    }

    /// A record for each address, because each is a person: of these `incident` takes those outside. Names beside them
    /// are not kept, and addresses of an allow-list are nobody's.
    pub(super) fn addressee_records(&self, examined: &[Examined<'_>]) -> Vec<Record> {
        let lists = examined.iter().filter(|examined| examined.field.name.lists_addressees());
        let of_list = |examined: &Examined<'_>| {
            let addresses = examined.hits.iter().filter(|hit| hit.finding.why.has(Reason::Addressee));
            let record = |(nth, hit): (usize, &Hit)| self.addressee_record(examined, nth, &hit.finding.value);
            addresses.enumerate().map(record).collect::<Vec<_>>()
        };
        lists.filter(|_| self.addressees.is_some()).flat_map(of_list).collect()
    }

    fn addressee_record(&self, examined: &Examined<'_>, nth: usize, address: &Sensitive) -> Record {
        let (key, masked) = (address.key(&self.keys), address.mask(Style::Strict));
        Record {
            field: examined.field.name,
            writer: examined.field.writer,
            nth: u16::try_from(nth).unwrap_or(u16::MAX),
            sample: Shown { text: masked.to_string(), same: key },
            values: vec![Value { kind: Kind::Email, verdict: Verdict::Likely, key, masked }],
            natures: vec![self.engine.nature(Kind::Email).unwrap_or(Nature::Identification)],
            cut: examined.field.cut,
        }
    }
}

/// What was found in a field that lists addressees, with its addresses: all of it is hidden, and none of it counts by
/// itself.
pub(super) fn list(examined: &mut Examined<'_>) {
    let Some(view) = examined.views.first() else { return };
    let bytes = examined.field.raw.bytes();
    let bytes = &bytes[..bytes.len().min(view.text().len())];
    let found = mailboxes(bytes, examined.field.cut);
    let (addresses, mut others): (Vec<Hit>, Vec<Hit>) =
        examined.hits.drain(..).partition(|hit| found.contains(&hit.raw));
    let address = |raw: Range<usize>| {
        let is_allowed = addresses.iter().any(|hit| hit.raw == raw && hit.finding.why.has(Reason::AllowList));
        let finding = Finding {
            value: Sensitive::new(Kind::Email, canonical(&bytes[raw.clone()])),
            span: whereabouts(view, &raw).unwrap_or_default(),
            verdict: Verdict::Rejected,
            why: if is_allowed { Reason::AllowList } else { Reason::Addressee }.into(),
        };
        Hit { view: 0, view_name: view.name, finding, raw, is_own: true }
    };
    others.retain(|hit| hit.finding.is_hidden());
    for hit in &mut others {
        (hit.finding.verdict, hit.finding.why) = (Verdict::Rejected, Reason::BesideAddressee.into());
    }
    examined.hits = found.iter().cloned().map(address).chain(others).collect();
    examined.hits.sort_by_key(|hit| (hit.raw.start, hit.raw.end));
}

/// An address in lower case, because no server tells two apart by it.
fn canonical(address: &[u8]) -> String {
    String::from_utf8_lossy(address).to_lowercase()
}
