//! Lines of no known format: content as a whole.

use super::syslog::{self, SYSLOG};
use super::{Defaults, Parsed, stamp, trim_end};
use crate::event::{Channel, Role};
use crate::moment::{Moment, Quality, SECOND};

/// Reads a line. No host is taken from it: what stands where syslog writes its host may be anything here, a name or
/// a number included.
pub(super) fn read<'l>(line: &'l [u8], defaults: &Defaults) -> Parsed<'l> {
    let end = trim_end(line).len();
    let body = syslog::prefix(line).map_or(0..end, |prefix| prefix.message);
    let time = time(line, defaults).unwrap_or_else(|| absent(defaults));
    let format = if body.start > 0 { SYSLOG } else { Channel::PLAIN.name };
    let mut parsed = Parsed::bare(format, Channel::PLAIN, time, Role::Content, body);
    parsed.push_line(line, 0..end);
    parsed
}

/// The stamp at the beginning of a line.
pub(super) fn time(line: &[u8], defaults: &Defaults) -> Option<Moment> {
    match stamp::iso(line) {
        Some((stamp, _)) => stamp.moment(defaults),
        None => syslog::prefix(line)?.stated(defaults),
    }
}

/// The time of a line that states none.
pub(super) fn absent(defaults: &Defaults) -> Moment {
    Moment { us: defaults.anchor.saturating_mul(SECOND), quality: Quality::Absent }
}
