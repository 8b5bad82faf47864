//! Time with its quality. Stored in UTC, shown with its zone; 民國 years for forms and mails.

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, Offset, TimeZone, Utc};
use serde::{Deserialize, Serialize};

pub use chrono_tz::Tz;

/// Microseconds of one second.
pub const SECOND: i64 = 1_000_000;
/// Microseconds of one minute.
pub const MINUTE: i64 = 60 * SECOND;
/// Microseconds of one hour.
pub const HOUR: i64 = 3600 * SECOND;
/// Microseconds of one day.
pub const DAY: i64 = 24 * HOUR;

/// Where in a stamp something had to be assumed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Quality {
    /// The log states date and zone.
    Exact,
    /// The log states no zone; the source's was taken.
    ZoneAssumed,
    /// The log states no year (RFC 3164); the one that fits the file's age was taken.
    YearAssumed,
    /// The line states no time at all; the file's last change was taken.
    Absent,
}

/// A point in time as a log states it, in microseconds since the Unix epoch, UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Moment {
    /// Microseconds since the epoch, UTC.
    pub us: i64,
    /// What had to be assumed.
    pub quality: Quality,
}

impl Moment {
    /// A moment whose stamp states everything.
    pub const fn exact(us: i64) -> Self {
        Self { us, quality: Quality::Exact }
    }

    /// A stamp without a zone, read in `zone`. In the hour that a zone repeats, the earlier reading is taken; in the
    /// hour that it skips, UTC.
    pub fn in_zone(naive: NaiveDateTime, zone: Tz) -> Self {
        let us = zone
            .from_local_datetime(&naive)
            .earliest()
            .map_or_else(|| naive.and_utc().timestamp_micros(), |local| local.timestamp_micros());
        Self { us, quality: Quality::ZoneAssumed }
    }

    /// A stamp without a year, read in `zone`: the latest year that puts it not more than a day after `anchor`
    /// (seconds since the epoch, when the file was last written). 29 February falls to the last leap year.
    pub fn without_year(
        month: u32,
        day: u32,
        time: chrono::NaiveTime,
        zone: Tz,
        anchor: i64,
    ) -> Option<Self> {
        let limit = anchor.saturating_add(86_400).saturating_mul(SECOND);
        let newest = DateTime::from_timestamp(anchor, 0).map_or(1970, |at| at.year()) + 1;
        (newest - 9..=newest).rev().find_map(|year| {
            let naive = NaiveDate::from_ymd_opt(year, month, day)?.and_time(time);
            let moment = Self::in_zone(naive, zone);
            (moment.us <= limit).then_some(Self { quality: Quality::YearAssumed, ..moment })
        })
    }

    /// RFC 3339 in UTC, with the microseconds only where there are any: `2026-11-21T01:02:03Z`.
    pub fn iso(self) -> String {
        iso(self.us)
    }
}

/// RFC 3339 in UTC of microseconds since the epoch.
pub fn iso(us: i64) -> String {
    let at = utc(us);
    let layout = if us.rem_euclid(SECOND) == 0 { "%Y-%m-%dT%H:%M:%SZ" } else { "%Y-%m-%dT%H:%M:%S%.6fZ" };
    at.format(layout).to_string()
}

/// 民國 date and time in a zone: `民國 115 年 11 月 21 日 09:02:03`.
pub fn roc(us: i64, zone: Tz) -> String {
    let at = utc(us).with_timezone(&zone);
    format!("民國 {} 年 {} 月 {} 日 {}", at.year() - 1911, at.month(), at.day(), at.format("%H:%M:%S"))
}

/// 民國 date and time as a table shows it: `115/11/21 09:02`.
pub fn roc_short(us: i64, zone: Tz) -> String {
    let at = utc(us).with_timezone(&zone);
    format!("{}/{:02}/{:02} {}", at.year() - 1911, at.month(), at.day(), at.format("%H:%M"))
}

/// A day of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day(NaiveDate);

impl Day {
    /// The day that an instant is in, in a zone.
    pub fn of(us: i64, zone: Tz) -> Self {
        Self(utc(us).with_timezone(&zone).date_naive())
    }

    /// A day as a person writes it: `2026-11-21`, or 民國 `115/11/21`.
    pub fn parse(text: &str) -> Option<Self> {
        NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().or_else(|| roc_date(text)).map(Self)
    }

    /// How many days it is after another one.
    pub fn days_since(self, other: Self) -> i64 {
        self.0.signed_duration_since(other.0).num_days()
    }

    /// A day by its numbers; none where the calendar has none.
    pub fn new(year: i32, month: u32, day: u32) -> Option<Self> {
        NaiveDate::from_ymd_opt(year, month, day).map(Self)
    }

    /// The day after; the last day of the calendar stays.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.succ_opt().unwrap_or(self.0))
    }

    /// Whether it is a Saturday or a Sunday.
    pub fn is_weekend(self) -> bool {
        self.0.weekday().number_from_monday() > 5
    }

    /// On this day, at the time of day of an instant in a zone: in the hour that a zone repeats the earlier one, in the
    /// hour that it skips as much later as the clocks are put forward.
    pub fn at_time_of(self, us: i64, zone: Tz) -> i64 {
        let local = utc(us).with_timezone(&zone);
        let naive = self.0.and_time(local.time());
        let at = zone.from_local_datetime(&naive).earliest();
        at.map_or_else(
            || {
                naive.and_utc().timestamp_micros()
                    - i64::from(local.offset().fix().local_minus_utc()) * SECOND
            },
            |at| at.timestamp_micros(),
        )
    }
}

impl std::fmt::Display for Day {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// The first instant after `us` at which clocks in a zone show `minute` of the day (0 to 1,439). A minute that the zone
/// skips comes when clocks show the next one that there is; one that it repeats comes once, the first time.
pub fn next_daily(us: i64, minute: u32, zone: Tz) -> i64 {
    let mut day = utc(us).with_timezone(&zone).date_naive();
    let time = chrono::NaiveTime::from_num_seconds_from_midnight_opt(minute % 1_440 * 60, 0);
    let time = time.expect("less than a day");
    loop {
        let at = instant_of(day.and_time(time), zone);
        if at > us {
            return at;
        }
        day = day.succ_opt().expect("the calendar goes on for 260,000 years");
    }
}

/// The instant of a local time; where the zone skips it, that at which it goes on.
fn instant_of(local: NaiveDateTime, zone: Tz) -> i64 {
    let mut quarters = (0..=96).map(|n| local + chrono::Duration::minutes(15 * n));
    let found = quarters.find_map(|at| zone.from_local_datetime(&at).earliest());
    found.map_or_else(|| local.and_utc().timestamp_micros(), |at| at.timestamp_micros())
}

/// The instant at which a day of the calendar is over in a zone.
pub fn end_of_day(day: Day, zone: Tz) -> i64 {
    let next = day.0.succ_opt().unwrap_or(day.0);
    instant_of(next.and_time(chrono::NaiveTime::MIN), zone)
}

/// The calendar year in a zone.
pub fn year(us: i64, zone: Tz) -> i32 {
    utc(us).with_timezone(&zone).year()
}

/// Day of the week, from Monday as 0, and minute of the day in a zone.
pub fn minute_of_week(us: i64, zone: Tz) -> (u32, u16) {
    use chrono::Timelike as _;
    let at = utc(us).with_timezone(&zone);
    (at.weekday().num_days_from_monday(), (at.hour() * 60 + at.minute()) as u16)
}

/// RFC 3339 with the offset of a zone, to the second: `2026-11-21T09:02:03+08:00`.
pub fn iso_local(us: i64, zone: Tz) -> String {
    utc(us).with_timezone(&zone).format("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

/// The instant at which the local week that holds `us` began, weeks of `span_days` days counted from Monday
/// 1970-01-05 in `zone`.
pub fn span_start(us: i64, span_days: i64, zone: Tz) -> i64 {
    let monday = NaiveDate::from_ymd_opt(1970, 1, 5).expect("a date of the calendar");
    let days = utc(us).with_timezone(&zone).date_naive().signed_duration_since(monday).num_days();
    let start = monday + chrono::Duration::days(days.div_euclid(span_days) * span_days);
    Moment::in_zone(start.and_time(chrono::NaiveTime::MIN), zone).us
}

fn utc(us: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(us).unwrap_or(DateTime::UNIX_EPOCH)
}

/// Reads `2h`, `3d`, `30m`, `45s` as microseconds.
pub fn parse_span(text: &str) -> Option<i64> {
    let (number, unit) = text.trim().split_at_checked(text.trim().len().checked_sub(1)?)?;
    let unit = match unit {
        "s" => SECOND,
        "m" => 60 * SECOND,
        "h" => HOUR,
        "d" => DAY,
        _ => return None,
    };
    number.parse::<i64>().ok().filter(|n| *n >= 0)?.checked_mul(unit)
}

/// As it stands in file names: `20261121T010203Z`.
pub fn utc_compact(us: i64) -> String {
    iso(us).chars().filter(char::is_ascii_alphanumeric).collect()
}

/// Reads a point in time as a person gives it: RFC 3339, `2026-11-21`, 民國 `115/11/21`, or `2h`, `3d` before `now`.
/// A date is its first instant in `zone`.
pub fn parse_when(text: &str, zone: Tz, now: i64) -> Option<i64> {
    if let Ok(at) = DateTime::parse_from_rfc3339(text) {
        return Some(at.timestamp_micros());
    }
    if let Some(span) = parse_span(text) {
        return now.checked_sub(span);
    }
    let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().or_else(|| roc_date(text))?;
    Some(Moment::in_zone(date.and_time(chrono::NaiveTime::MIN), zone).us)
}

fn roc_date(text: &str) -> Option<NaiveDate> {
    let mut parts = text.splitn(3, '/').map(|part| part.parse::<i32>().ok());
    let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
    NaiveDate::from_ymd_opt(year + 1911, u32::try_from(month).ok()?, u32::try_from(day).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TAIPEI: Tz = Tz::Asia__Taipei;

    fn at(text: &str) -> i64 {
        parse_when(text, TAIPEI, 0).expect("a valid time")
    }

    #[test]
    fn a_person_may_write_a_date_in_four_ways() {
        assert_eq!(at("2026-11-21"), at("2026-11-21T00:00:00+08:00"));
        assert_eq!(at("115/11/21"), at("2026-11-20T16:00:00Z"));
        assert_eq!(parse_when("2h", TAIPEI, 3 * HOUR), Some(HOUR));
        assert_eq!(parse_when("yesterday", TAIPEI, 0), None);
    }

    #[test]
    fn a_stamp_without_year_takes_the_one_that_fits_the_file() {
        let midnight = chrono::NaiveTime::MIN;
        let january = at("2026-01-02T00:00:00Z") / SECOND;
        let read = |month, day| Moment::without_year(month, day, midnight, TAIPEI, january).expect("a date");
        assert_eq!(read(12, 31).us, at("2025-12-31"));
        assert_eq!(read(1, 2).us, at("2026-01-02"));
        assert_eq!(read(2, 29).us, at("2024-02-29"));
        assert!(Moment::without_year(2, 30, midnight, TAIPEI, january).is_none());
    }

    #[test]
    fn times_are_shown_in_both_calendars() {
        let us = at("2026-11-21T01:02:03Z");
        assert_eq!(roc(us, TAIPEI), "民國 115 年 11 月 21 日 09:02:03");
        assert_eq!(iso(us), "2026-11-21T01:02:03Z");
        assert_eq!(iso(us + 5), "2026-11-21T01:02:03.000005Z");
        assert_eq!(iso_local(us, TAIPEI), "2026-11-21T09:02:03+08:00");
    }

    #[test]
    fn a_daily_minute_comes_once_a_day_where_clocks_are_changed_too() {
        let daily = |zone: Tz, from: &str, days: usize| {
            let mut us = at(from);
            let mut next = || {
                us = next_daily(us, 150, zone);
                iso_local(us, zone)
            };
            (0..days).map(|_| next()).collect::<Vec<_>>()
        };
        let taipei = ["2028-02-29T02:30:00+08:00", "2028-03-01T02:30:00+08:00"];
        assert_eq!(daily(TAIPEI, "2028-02-28T02:30:00+08:00", 2), taipei);
        let spring = ["2026-03-28T02:30:00+01:00", "2026-03-29T03:00:00+02:00", "2026-03-30T02:30:00+02:00"];
        assert_eq!(daily(Tz::Europe__Berlin, "2026-03-28T00:00:00Z", 3), spring);
        let autumn = ["2026-10-25T02:30:00+02:00", "2026-10-26T02:30:00+01:00"];
        assert_eq!(daily(Tz::Europe__Berlin, "2026-10-25T00:00:00Z", 2), autumn);
    }

    #[test]
    fn a_day_ends_at_local_midnight() {
        let day = Day::parse("115/11/21").expect("a day");
        assert_eq!(Some(day), Day::parse("2026-11-21"));
        assert_eq!(iso_local(end_of_day(day, TAIPEI), TAIPEI), "2026-11-22T00:00:00+08:00");
        assert_eq!(Day::parse("2026-02-30"), None);
    }

    #[test]
    fn weeks_start_on_local_monday() {
        assert_eq!(span_start(at("2026-11-22T23:59:59+08:00"), 7, TAIPEI), at("2026-11-16"));
        assert_eq!(span_start(at("2026-11-23T00:00:00+08:00"), 7, TAIPEI), at("2026-11-23"));
    }
}
