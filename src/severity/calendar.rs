//! When a time limit ends. Hours are hours. Days are days of the place: the limit ends at the same time of day, also where
//! the clocks are changed between; of working days only those count on which offices work.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::policy::DayKind;
use crate::moment::{Day, Tz};

/// The heads of the columns that are read of an office calendar, as the Executive Yuan publishes it.
const HEADS: [&str; 2] = ["西元日期", "是否放假"];
/// A limit of more days than that is longer than any calendar.
const DAYS_MAX: u32 = 10_000;

/// A time limit with its clause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timed {
    /// Microseconds from the start of the clock.
    pub within_us: i64,
    /// As the pack writes it: `72h`, `3d`; `0d` is 立即.
    pub written: String,
    /// The clause.
    pub clause: String,
    /// What the clause says.
    pub quote: String,
}

impl Timed {
    /// How many days, of a limit that is written in days.
    pub fn days(&self) -> Option<u32> {
        self.written.trim().strip_suffix('d')?.parse().ok().filter(|days| *days > 0)
    }

    /// The limit in the unit in which the pack writes it, `72 小時內`, `3 天內`, `立即`: to a lawyer 72 hours and 3 days
    /// are not the same.
    pub fn words(&self, kind: DayKind) -> String {
        let written = self.written.trim();
        let (number, unit) = written.split_at(written.len().saturating_sub(1));
        match unit {
            _ if number.trim_start_matches('0').is_empty() => "立即".to_owned(),
            "d" if kind == DayKind::Working => format!("{number} 個工作天內"),
            "d" => format!("{number} 天內"),
            "h" => format!("{number} 小時內"),
            "m" => format!("{number} 分鐘內"),
            _ => format!("{number} 秒內"),
        }
    }
}

/// A limit that is counted in days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Days {
    /// How many.
    pub n: u32,
    /// Which of them count.
    pub kind: DayKind,
}

/// Days on which offices work. Without an entry a day is one unless it is a Saturday or a Sunday.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Calendar {
    off: BTreeMap<Day, bool>,
}

impl Calendar {
    /// Reads a calendar: comma-separated values, a head with 西元日期 and 是否放假, then a day a line, 20260101 or
    /// 2026-01-01, with 0 for a day of work and 2 for a day off. The faults are lines, from 1, with what is wrong.
    pub fn parse(text: &str) -> Result<Self, Vec<(usize, String)>> {
        let mut lines = text.trim_start_matches('\u{feff}').lines().enumerate();
        let head = lines.next().map_or("", |(_, line)| line);
        let named: Vec<&str> = head.split(',').map(plain).collect();
        let places = HEADS.map(|head| named.iter().position(|name| *name == head));
        let [Some(date_at), Some(off_at)] = places else {
            let what = format!("the first line must name the columns {}", HEADS.join(" and "));
            return Err(vec![(1, what)]);
        };
        let (mut off, mut faults) = (BTreeMap::new(), Vec::new());
        for (at, line) in lines.filter(|(_, line)| !line.trim().is_empty()) {
            let cells: Vec<&str> = line.split(',').map(plain).collect();
            let cell = |place: usize| cells.get(place).copied().unwrap_or_default();
            let day = day(cell(date_at));
            let is_off = match cell(off_at) {
                "0" => Some(false),
                "2" => Some(true),
                _ => None,
            };
            match (day, is_off) {
                (None, _) => faults.push((at + 1, format!("`{}` is no day such as 20260101", cell(date_at)))),
                (_, None) => {
                    let what = format!("`{}` is neither 0 (a day of work) nor 2 (a day off)", cell(off_at));
                    faults.push((at + 1, what));
                }
                (Some(day), Some(is_off)) => {
                    if off.insert(day, is_off).is_some_and(|before| before != is_off) {
                        faults.push((at + 1, format!("{day} is a day off and a day of work")));
                    }
                }
            }
        }
        if off.is_empty() && faults.is_empty() {
            faults.push((1, "it names no day".to_owned()));
        }
        if faults.is_empty() { Ok(Self { off }) } else { Err(faults) }
    }

    /// With the days of another one, such as the next year's, in its own place where both name a day.
    pub fn extend(&mut self, other: Self) {
        self.off.extend(other.off);
    }

    /// The last day that it names.
    pub fn last(&self) -> Option<Day> {
        self.off.keys().next_back().copied()
    }

    /// Whether offices work.
    pub fn is_working(&self, day: Day) -> bool {
        self.off.get(&day).map_or_else(|| !day.is_weekend(), |is_off| !is_off)
    }

    /// When a limit ends that begins at `from` (microseconds), by the clocks of a zone.
    pub fn due(&self, from: i64, within_us: i64, days: Option<Days>, zone: Tz) -> i64 {
        let Some(Days { n, kind }) = days else { return from + within_us };
        let mut day = Day::of(from, zone);
        let mut left = n.min(DAYS_MAX);
        while left > 0 {
            day = day.next();
            left -= u32::from(kind == DayKind::Calendar || self.is_working(day));
        }
        day.at_time_of(from, zone)
    }
}

fn plain(cell: &str) -> &str {
    cell.trim().trim_matches('"').trim()
}

fn day(cell: &str) -> Option<Day> {
    let digits: String = cell.chars().filter(char::is_ascii_digit).collect();
    let is_date = cell.chars().all(|c| c.is_ascii_digit() || "-/".contains(c));
    let number = |part: std::ops::Range<usize>| digits.get(part)?.parse::<u32>().ok();
    if digits.len() != 8 || !is_date {
        return None;
    }
    Day::new(i32::try_from(number(0..4)?).ok()?, number(4..6)?, number(6..8)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::moment::{HOUR, iso_local, parse_when};

    const TAIPEI: Tz = Tz::Asia__Taipei;

    /// Spring festival 2026: off from 14 to 22 February; a Saturday of work is made up.
    fn spring() -> Calendar {
        let off: Vec<String> = (14..=22).map(|day| format!("202602{day},,2,農曆春節\r\n")).collect();
        let head = "\u{feff}西元日期,星期,是否放假,備註\r\n20260207,六,0,補行上班\r\n";
        Calendar::parse(&format!("{head}{}", off.concat())).expect("a calendar")
    }

    fn check(from: &str, days: u32, kind: DayKind, zone: Tz, wanted: &str) {
        let from = parse_when(from, zone, 0).expect("a time");
        let due = spring().due(from, 0, Some(Days { n: days, kind }), zone);
        assert_eq!(iso_local(due, zone), wanted);
    }

    #[test]
    fn a_limit_is_told_in_the_unit_in_which_it_is_written() {
        let words = |written: &str, kind| {
            let written = written.to_owned();
            Timed { within_us: 0, written, clause: String::new(), quote: String::new() }.words(kind)
        };
        assert_eq!(words("72h", DayKind::Working), "72 小時內");
        assert_eq!(words("3d", DayKind::Calendar), "3 天內");
        assert_eq!(words("3d", DayKind::Working), "3 個工作天內");
        assert_eq!(words("0d", DayKind::Working), "立即");
    }

    #[test]
    fn working_days_leave_out_weekends_and_holidays_and_count_days_made_up() {
        check("2026-02-05T10:00:00+08:00", 3, DayKind::Working, TAIPEI, "2026-02-09T10:00:00+08:00");
        check("2026-02-12T10:00:00+08:00", 3, DayKind::Working, TAIPEI, "2026-02-24T10:00:00+08:00");
        check("2026-02-16T23:30:00+08:00", 1, DayKind::Working, TAIPEI, "2026-02-23T23:30:00+08:00");
        check("2026-02-12T10:00:00+08:00", 3, DayKind::Calendar, TAIPEI, "2026-02-15T10:00:00+08:00");
    }

    #[test]
    fn days_end_at_the_same_time_of_day_over_a_change_of_clocks_and_hours_do_not() {
        let berlin = Tz::Europe__Berlin;
        check("2026-03-27T09:00:00+01:00", 7, DayKind::Calendar, berlin, "2026-04-03T09:00:00+02:00");
        // 02:30 is skipped on 29 March: the limit ends at the instant that would have been.
        check("2026-03-28T02:30:00+01:00", 1, DayKind::Calendar, berlin, "2026-03-29T03:30:00+02:00");
        check("2028-02-28T09:00:00+01:00", 1, DayKind::Calendar, berlin, "2028-02-29T09:00:00+01:00");
        let from = parse_when("2026-03-27T09:00:00+01:00", berlin, 0).expect("a time");
        let due = Calendar::default().due(from, 72 * HOUR, None, berlin);
        assert_eq!(iso_local(due, berlin), "2026-03-30T10:00:00+02:00");
    }

    #[test]
    fn a_fault_of_a_calendar_is_told_with_its_line() {
        let parse = |text: &str| Calendar::parse(text).expect_err("a fault");
        assert_eq!(parse("日期,放假\n20260101,2")[0].0, 1);
        let head = "西元日期,星期,是否放假,備註\n";
        let faults =
            parse(&format!("{head}20260101,四,2,\n2026-13-01,一,0,\n20260103,六,1,\n2026/1/1,四,2,\n"));
        assert_eq!(faults.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [3, 4, 5]);
        assert!(parse(&format!("{head}20260101,四,2,\n20260101,四,0,\n"))[0].1.contains("and a day of work"));
        assert!(parse(head)[0].1.contains("no day"));
    }
}
