//! The time of the lines: it begins on 1 November 2026 in Taiwan and goes on with every line.

use crate::random::Random;
use crate::text::Line;

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// 2026-11-01 00:00:00 +08:00 since 1970, in seconds, and that day since 1970.
const BEGIN: u64 = 1_793_462_400;
const BEGIN_DAY: u64 = 20_758;

/// A clock, and the stamps of its second.
#[derive(Clone, Debug)]
pub(crate) struct Clock {
    micros: u64,
    second: u64,
    syslog: Vec<u8>,
    iso: Vec<u8>,
    web: Vec<u8>,
    compact: Vec<u8>,
}

impl Clock {
    pub(crate) fn new() -> Self {
        let mut clock = Self {
            micros: 0,
            second: 0,
            syslog: Vec::new(),
            iso: Vec::new(),
            web: Vec::new(),
            compact: Vec::new(),
        };
        clock.stamp();
        clock
    }

    /// A little later: forty lines a second.
    pub(crate) fn go_on(&mut self, random: &mut Random) {
        self.micros += random.below(50_000);
        let second = self.micros / 1_000_000;
        if second != self.second {
            self.second = second;
            self.stamp();
        }
    }

    fn stamp(&mut self) {
        let (day, time) = (BEGIN_DAY + self.second / 86_400, self.second % 86_400);
        let (year, month, date) = civil(day);
        let (hour, minute, second) = (time / 3600, time / 60 % 60, time % 60);
        let name = MONTHS[month as usize - 1];
        let clock = |line: &mut Vec<u8>| {
            line.padded(hour, 2).text(":").padded(minute, 2).text(":").padded(second, 2);
        };
        self.syslog.clear();
        self.syslog.text(name).text(if date < 10 { "  " } else { " " }).number(date).text(" ");
        clock(&mut self.syslog);
        self.iso.clear();
        self.iso.number(year).text("-").padded(month, 2).text("-").padded(date, 2).text("T");
        clock(&mut self.iso);
        self.web.clear();
        self.web.padded(date, 2).text("/").text(name).text("/").number(year).text(":");
        clock(&mut self.web);
        self.compact.clear();
        self.compact.number(year).padded(month, 2).padded(date, 2);
        self.compact.padded(hour, 2).padded(minute, 2).padded(second, 2);
    }

    /// `Nov  1 00:00:00`.
    pub(crate) fn syslog(&self, line: &mut Vec<u8>) {
        line.extend_from_slice(&self.syslog);
    }

    /// `2026-11-01T00:00:00.123456+08:00`.
    pub(crate) fn precise(&self, line: &mut Vec<u8>) {
        line.extend_from_slice(&self.iso);
        line.text(".").padded(self.micros % 1_000_000, 6).text("+08:00");
    }

    /// `2026-11-01T00:00:00.123+08:00`.
    pub(crate) fn millis(&self, line: &mut Vec<u8>) {
        line.extend_from_slice(&self.iso);
        line.text(".").padded(self.micros / 1000 % 1000, 3).text("+08:00");
    }

    /// `01/Nov/2026:00:00:00 +0800`.
    pub(crate) fn web(&self, line: &mut Vec<u8>) {
        line.extend_from_slice(&self.web);
        line.text(" +0800");
    }

    /// `20261101000000`.
    pub(crate) fn compact(&self, line: &mut Vec<u8>) {
        line.extend_from_slice(&self.compact);
    }

    /// `20261101`.
    pub(crate) fn date(&self) -> &[u8] {
        &self.compact[..8]
    }

    /// Milliseconds since 1970.
    pub(crate) fn epoch_millis(&self) -> u64 {
        BEGIN * 1000 + self.micros / 1000
    }
}

/// Year, month and day of a day since 1970 (Hinnant's algorithm).
fn civil(day: u64) -> (u64, u64, u64) {
    let shifted = day + 719_468;
    let (era, of_era) = (shifted / 146_097, shifted % 146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let date = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (era * 400 + year + u64::from(month <= 2), month, date)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_those_of_the_calendar() {
        assert_eq!(civil(0), (1970, 1, 1));
        assert_eq!(civil(BEGIN_DAY), (2026, 11, 1));
        assert_eq!(civil(BEGIN_DAY + 61), (2027, 1, 1));
        assert_eq!(BEGIN + 8 * 3600, BEGIN_DAY * 86_400);
    }
}
