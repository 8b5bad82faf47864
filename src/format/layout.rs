//! How formats that are data write their time: a name of the list, or a layout in the letters of strftime(3).

use chrono::{Datelike, NaiveDate, NaiveDateTime};

use super::stamp;
use super::{Defaults, ascii};
use crate::moment::{Moment, SECOND};

/// A way to write a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Layout {
    /// `2026-11-21T23:52:53.692635+08:00`, without a zone, or with ` UTC` or ` +08` too.
    Iso,
    /// `21/Nov/2026:23:52:18 +0000`.
    Clf,
    /// `Nov 21 23:52:55`, without a year.
    Rfc3164,
    /// Units since the epoch, and how many of them are a second; a fraction may follow.
    Epoch(i64),
    /// `115/11/21 23:52:18`, `民國115年11月21日 23:52:18`: years of the Republic, 1912 being the first.
    Roc,
    /// strftime(3).
    Custom(String),
}

/// `CST`, `+08`, `-0330`, `+08:00`.
const ZONE_BYTES_MAX: usize = 6;

/// The first year of the Republic is 1912.
const ROC_YEARS: i32 = 1911;

impl Layout {
    /// The layout that is written so; the error says which there are.
    pub(super) fn new(text: &str) -> Result<Self, String> {
        Ok(match text {
            "iso" => Self::Iso,
            "clf" => Self::Clf,
            "rfc3164" => Self::Rfc3164,
            "epoch" => Self::Epoch(1),
            "epoch-ms" => Self::Epoch(1_000),
            "epoch-us" => Self::Epoch(1_000_000),
            "roc" => Self::Roc,
            _ if text.contains('%') => {
                let mut items = chrono::format::StrftimeItems::new(text);
                if items.any(|item| item == chrono::format::Item::Error) {
                    return Err(format!(
                        "no layout of time `{text}`: it has a letter that strftime(3) has not"
                    ));
                }
                Self::Custom(text.to_owned())
            }
            _ => {
                return Err(format!(
                    "no layout of time `{text}`: it is iso, clf, rfc3164, epoch, epoch-ms, epoch-us, roc, or letters of \
                     strftime(3) such as \"%Y/%m/%d %H:%M:%S\""
                ));
            }
        })
    }

    /// The time that a text states; none where it is written otherwise, or no such day is.
    pub(super) fn read(&self, text: &[u8], defaults: &Defaults) -> Option<Moment> {
        match self {
            Self::Iso => {
                let (stamp, len) = stamp::iso(text)?;
                let rest = &text[len..];
                let named = rest.strip_prefix(b" ").filter(|zone| zone.len() <= ZONE_BYTES_MAX);
                let east = match named {
                    Some(b"UTC" | b"GMT") => Some(0),
                    // Zones without a name, as databases write them.
                    Some(zone) => stamp::zone(zone).map(|(east, _)| east),
                    // A stamp is the whole text; a line that begins with one is none.
                    None if rest.is_empty() => None,
                    None => return None,
                };
                let Some(east) = east else { return stamp.moment(defaults) };
                let utc = stamp.moment(&Defaults { zone: chrono_tz::UTC, ..*defaults })?;
                Some(Moment::exact(utc.us - i64::from(east) * SECOND))
            }
            Self::Clf => stamp::clf(text)?.0.moment(defaults),
            Self::Rfc3164 => stamp::rfc3164(text)?.0.moment(defaults),
            Self::Epoch(units) => epoch(text, *units),
            Self::Roc => roc(text, defaults),
            Self::Custom(layout) => custom(ascii(text), layout, defaults),
        }
    }
}

fn epoch(text: &[u8], units: i64) -> Option<Moment> {
    let (whole, fraction) = ascii(text).split_once('.').unwrap_or((ascii(text), ""));
    let whole: i64 = whole.parse().ok()?;
    let micros = if fraction.is_empty() {
        0
    } else {
        // A log may hold anything here; what is cut within a character is no number.
        let digits = fraction.get(..fraction.len().min(6))?;
        digits.parse::<i64>().ok()? * 10_i64.pow(6 - digits.len() as u32) / units
    };
    // Ten digits are seconds and thirteen milliseconds: past the year 5138 the unit is another one.
    (whole / units < 100_000_000_000).then_some(())?;
    Some(Moment::exact(whole.checked_mul(SECOND / units)?.checked_add(micros)?))
}

/// Numbers one after the other, whatever stands between them: year, month, day, and hour, minute, second.
fn roc(text: &[u8], defaults: &Defaults) -> Option<Moment> {
    let numbers: Vec<u32> = text
        .split(|byte| !byte.is_ascii_digit())
        .filter(|digits| !digits.is_empty())
        .map(|digits| ascii(digits).parse().ok())
        .collect::<Option<_>>()?;
    let [year, month, day, ref clock @ ..] = numbers[..] else { return None };
    let at = |nth: usize| clock.get(nth).copied().unwrap_or(0);
    // Four digits are a year of the other calendar.
    let year = i32::try_from(year).ok().filter(|year| (1..1_000).contains(year))?;
    let date = NaiveDate::from_ymd_opt(year + ROC_YEARS, month, day)?;
    Some(Moment::in_zone(date.and_hms_opt(at(0), at(1), at(2))?, defaults.zone))
}

/// With `%z` the zone is stated; without a day there is no time. A year before the Republic is one of the Republic's.
fn custom(text: &str, layout: &str, defaults: &Defaults) -> Option<Moment> {
    if let Ok(at) = chrono::DateTime::parse_from_str(text, layout) {
        return Some(Moment::exact(at.timestamp_micros()));
    }
    let naive = NaiveDateTime::parse_from_str(text, layout).ok()?;
    (naive.year() > ROC_YEARS).then(|| Moment::in_zone(naive, defaults.zone))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::moment::{Quality, Tz, iso};

    fn read(layout: &str, text: &str) -> Option<(String, Quality)> {
        let defaults = Defaults { zone: Tz::Asia__Taipei, anchor: 1_795_305_600 };
        let moment = Layout::new(layout).unwrap().read(text.as_bytes(), &defaults)?;
        Some((iso(moment.us), moment.quality))
    }

    #[test]
    fn times_are_read_as_they_are_written() {
        let exact = |text: &str| Some((text.to_owned(), Quality::Exact));
        let assumed = |text: &str| Some((text.to_owned(), Quality::ZoneAssumed));
        assert_eq!(read("iso", "2026-11-21 23:59:10.650 UTC"), exact("2026-11-21T23:59:10.650000Z"));
        assert_eq!(read("iso", "2026-11-21 23:59:10 +08"), exact("2026-11-21T15:59:10Z"));
        assert_eq!(read("iso", "2026-11-21 23:59:10.650 -0330"), exact("2026-11-22T03:29:10.650000Z"));
        assert_eq!(read("iso", "2026-11-21 23:59:10.650 CST"), assumed("2026-11-21T15:59:10.650000Z"));
        assert_eq!(read("clf", "21/Nov/2026:23:52:18 +0800"), exact("2026-11-21T15:52:18Z"));
        assert_eq!(read("%a %b %e %H:%M:%S %Y", "Sat Nov 21 23:52:55 2026"), assumed("2026-11-21T15:52:55Z"));
        assert_eq!(
            read("%Y/%m/%d %H:%M:%S%.f %z", "2026/11/21 23:52:55.5 +0000"),
            exact("2026-11-21T23:52:55.500000Z")
        );
        assert_eq!(read("epoch", "1140701044.525"), exact("2006-02-23T13:24:04.525000Z"));
        assert_eq!(read("epoch-ms", "1658751973240"), exact("2022-07-25T12:26:13.240000Z"));
        assert_eq!(read("epoch-us", "1658751973240001"), exact("2022-07-25T12:26:13.240001Z"));
        assert_eq!(read("roc", "115/11/21 23:52:18"), assumed("2026-11-21T15:52:18Z"));
        assert_eq!(read("roc", "民國115年11月21日"), assumed("2026-11-20T16:00:00Z"));
    }

    #[test]
    fn what_is_written_otherwise_is_no_time() {
        for (layout, text) in [
            ("iso", "21/Nov/2026"),
            ("iso", "2026-11-21T23:59:10Z vm pure-ftpd: x"),
            ("epoch", "x"),
            ("epoch", "1.a中文字"),
            ("epoch", "99999999999999999999"),
            ("epoch", "1658751973240"),
            ("epoch-ms", "9223372036854775807"),
            ("roc", "115/13/01"),
            ("roc", "1/1"),
            ("roc", "2026-11-21 09:00:00"),
            ("roc", "2147483647/1/1"),
            ("%H:%M", "23:52"),
            ("%Y/%m/%d %H:%M:%S", "115/11/21 23:52:18"),
        ] {
            assert_eq!(read(layout, text), None, "{layout} {text}");
        }
        assert!(Layout::new("iso8601").unwrap_err().contains("it is iso, clf"));
        assert!(Layout::new("%Q").unwrap_err().contains("strftime"));
    }
}
