//! Stamps: RFC 3164, RFC 3339 and its relatives, and the access log's. Each reader looks at the beginning of its
//! bytes and says how many it took; `rfc3164` is the smallest.

use chrono::{NaiveDate, NaiveTime};

use super::Defaults;
use crate::moment::{Moment, SECOND};

/// A stamp as a log writes it. Its parts are in range one by one; whether the calendar has the day is asked by
/// [`Stamp::moment`] alone, so that looking for a prefix costs no calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    year: Option<i32>,
    month: u32,
    day: u32,
    clock: Clock,
    /// Seconds east of UTC.
    offset: Option<i32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Clock {
    hour: u32,
    minute: u32,
    second: u32,
    micro: u32,
}

impl Stamp {
    /// The point in time; none for a day that the calendar does not have.
    pub(super) fn moment(self, defaults: &Defaults) -> Option<Moment> {
        let Clock { hour, minute, second, micro } = self.clock;
        // A leap second has no place in the epoch: it is read as the second before it.
        let time = NaiveTime::from_hms_micro_opt(hour, minute, second.min(59), micro)?;
        let Some(year) = self.year else {
            return Moment::without_year(self.month, self.day, time, defaults.zone, defaults.anchor);
        };
        let naive = NaiveDate::from_ymd_opt(year, self.month, self.day)?.and_time(time);
        Some(match self.offset {
            Some(east) => Moment::exact(naive.and_utc().timestamp_micros() - i64::from(east) * SECOND),
            None => Moment::in_zone(naive, defaults.zone),
        })
    }
}

/// `Nov 21 23:51:09`, the day with or without its blank or zero.
pub(super) fn rfc3164(bytes: &[u8]) -> Option<(Stamp, usize)> {
    let month = month(bytes)?;
    (bytes.get(3) == Some(&b' ')).then_some(())?;
    let start = if bytes.get(4) == Some(&b' ') { 5 } else { 4 };
    let digits = if bytes.get(start + 1).is_some_and(u8::is_ascii_digit) { 2 } else { 1 };
    let day = number(bytes, start, digits, 1, 31)?;
    let at = start + digits;
    (bytes.get(at) == Some(&b' ')).then_some(())?;
    let clock = clock(bytes, at + 1)?;
    Some((Stamp { year: None, month, day, clock, offset: None }, at + 9))
}

/// `2026-11-21T23:52:53.692635+00:00`, `…Z`, and the same without a zone or with a blank instead of the `T`.
pub(super) fn iso(bytes: &[u8]) -> Option<(Stamp, usize)> {
    let year = number(bytes, 0, 4, 1, 9999)?;
    let month = number(bytes, 5, 2, 1, 12)?;
    let day = number(bytes, 8, 2, 1, 31)?;
    let separators = (bytes.get(4)?, bytes.get(7)?, bytes.get(10)?);
    matches!(separators, (b'-', b'-', b'T' | b' ')).then_some(())?;
    let mut clock = clock(bytes, 11)?;
    let mut at = 19;
    if matches!(bytes.get(at), Some(b'.' | b',')) {
        let digits = bytes[at + 1..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        let kept = digits.min(6);
        clock.micro = number(bytes, at + 1, kept, 0, 999_999)? * 10_u32.pow(6 - kept as u32);
        at += if digits == 0 { 0 } else { digits + 1 };
    }
    let zone = bytes.get(at..).and_then(zone);
    let stamp = Stamp { year: Some(year as i32), month, day, clock, offset: zone.map(|(east, _)| east) };
    Some((stamp, at + zone.map_or(0, |(_, len)| len)))
}

/// `21/Nov/2026:23:52:18 +0000`.
pub(super) fn clf(bytes: &[u8]) -> Option<(Stamp, usize)> {
    let day = number(bytes, 0, 2, 1, 31)?;
    let month = month(bytes.get(3..)?)?;
    let year = number(bytes, 7, 4, 1, 9999)?;
    let separators = (bytes.get(2)?, bytes.get(6)?, bytes.get(11)?, bytes.get(20)?);
    matches!(separators, (b'/', b'/', b':', b' ')).then_some(())?;
    let clock = clock(bytes, 12)?;
    let (east, len) = zone(&bytes[21..])?;
    Some((Stamp { year: Some(year as i32), month, day, clock, offset: Some(east) }, 21 + len))
}

fn clock(bytes: &[u8], at: usize) -> Option<Clock> {
    matches!((bytes.get(at + 2)?, bytes.get(at + 5)?), (b':', b':')).then_some(())?;
    Some(Clock {
        hour: number(bytes, at, 2, 0, 23)?,
        minute: number(bytes, at + 3, 2, 0, 59)?,
        second: number(bytes, at + 6, 2, 0, 60)?,
        micro: 0,
    })
}

/// `Z`, `+08:00`, `+0800`, `+08`: seconds east, and the length.
pub(super) fn zone(bytes: &[u8]) -> Option<(i32, usize)> {
    let sign = match bytes.first()? {
        b'Z' => return Some((0, 1)),
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let colon = usize::from(bytes.get(3) == Some(&b':'));
    let hours = number(bytes, 1, 2, 0, 23)?;
    let minutes = number(bytes, 3 + colon, 2, 0, 59);
    let len = minutes.map_or(3, |_| 5 + colon);
    Some((sign * (hours * 3600 + minutes.unwrap_or(0) * 60) as i32, len))
}

fn month(bytes: &[u8]) -> Option<u32> {
    let name = bytes.first_chunk::<3>()?;
    MONTHS.iter().position(|month| *month == name).map(|index| index as u32 + 1)
}

/// `len` digits, at most nine, with a value from `min` to `max`.
fn number(bytes: &[u8], at: usize, len: usize, min: u32, max: u32) -> Option<u32> {
    let value = bytes
        .get(at..at + len)?
        .iter()
        .try_fold(0, |value: u32, byte| byte.is_ascii_digit().then(|| value * 10 + u32::from(byte - b'0')))?;
    (min..=max).contains(&value).then_some(value)
}

const MONTHS: [&[u8; 3]; 12] =
    [b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec"];
