//! The calendar and the clauses reckoned once more, by hand and in whole minutes: nothing here is the program's.

/// Minutes of an hour and of a day.
pub(super) const H: i64 = 60;
pub(super) const D: i64 = 24 * H;

/// What clocks show somewhere in 2028: standard time, and from when until when an hour more.
pub(super) struct Clocks {
    /// Minutes east of Greenwich.
    pub standard: i64,
    /// UTC, minutes since 1970: put forward at the first, put back at the second.
    pub summer: Option<(i64, i64)>,
}

/// Taiwan has no summer time.
pub(super) fn taipei() -> Clocks {
    Clocks { standard: 8 * H, summer: None }
}

/// 15 U.S.C. 260a: from the second Sunday of March to the first Sunday of November, at 02:00 of the time that ends.
/// 2028 begins on a Saturday: 12 March and 5 November.
pub(super) fn new_york() -> Clocks {
    Clocks { standard: -5 * H, summer: Some((civil("2028-03-12 07:00"), civil("2028-11-05 06:00"))) }
}

/// `2028-02-29 09:15`, or a date alone, as minutes since 1970-01-01 00:00.
pub(super) fn civil(text: &str) -> i64 {
    let mut parts = text.split(['-', ' ', ':']).map(|part| part.parse::<i64>().expect("a number"));
    let mut next = || parts.next().unwrap_or(0);
    let (year, month, day, hour, minute) = (next(), next(), next(), next(), next());
    let years: i64 = (1970..year).map(|year| 365 + i64::from(is_leap(year))).sum();
    let months: i64 = (1..month).map(|month| days_of(year, month)).sum();
    (years + months + day - 1) * D + hour * H + minute
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_of(year: i64, month: i64) -> i64 {
    match month {
        2 => 28 + i64::from(is_leap(year)),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// The date and time of minutes since 1970, as a test tells it.
pub(super) fn written(minutes: i64) -> String {
    let (mut days, rest) = (minutes.div_euclid(D), minutes.rem_euclid(D));
    let (mut year, mut month) = (1970, 1);
    while days >= 365 + i64::from(is_leap(year)) {
        days -= 365 + i64::from(is_leap(year));
        year += 1;
    }
    while days >= days_of(year, month) {
        days -= days_of(year, month);
        month += 1;
    }
    format!("{year}-{month:02}-{:02} {:02}:{:02}", days + 1, rest / H, rest % H)
}

impl Clocks {
    /// What clocks show at an instant.
    pub(super) fn shown(&self, at: i64) -> i64 {
        let is_summer = self.summer.is_some_and(|(begins, ends)| (begins..ends).contains(&at));
        at + self.standard + if is_summer { H } else { 0 }
    }

    /// The first instant at which clocks show it; none in the hour that is skipped.
    pub(super) fn first(&self, shown: i64) -> Option<i64> {
        let summer_first = [shown - self.standard - H, shown - self.standard];
        summer_first.into_iter().find(|at| self.shown(*at) == shown)
    }

    /// A limit in days ends at the same time of day; in the hour that is skipped as much later as clocks are put forward.
    pub(super) fn same_time(&self, shown: i64) -> i64 {
        self.first(shown).unwrap_or(shown - self.standard)
    }

    /// Something daily comes in the hour that is skipped when clocks go on.
    pub(super) fn daily(&self, shown: i64) -> i64 {
        self.first(shown).unwrap_or_else(|| self.summer.expect("an hour is skipped").0)
    }
}

/// The days off of a year that are no Saturday and no Sunday, and the Saturday on which one of them is made up for.
pub(super) const DAYS_OFF: [&str; 10] = [
    "2028-01-25",
    "2028-01-26",
    "2028-01-27",
    "2028-01-28",
    "2028-02-28",
    "2028-04-04",
    "2028-05-01",
    "2028-10-10",
    "2028-12-25",
    "2029-01-01",
];
pub(super) const MADE_UP: &str = "2028-02-12";

fn offices_work(day: i64) -> bool {
    let is_day = |text: &&str| civil(text) / D == day;
    // 1970-01-01 was a Thursday.
    let is_weekend = (day + 3) % 7 > 4;
    is_day(&MADE_UP) || !is_weekend && !DAYS_OFF.iter().any(is_day)
}

/// The minute, shown by clocks, at which a limit of days ends.
pub(super) fn days_later(shown: i64, days: i64, working: bool) -> i64 {
    let (mut day, mut left) = (shown / D, days);
    while left > 0 {
        day += 1;
        left -= i64::from(!working || offices_work(day));
    }
    day * D + shown % D
}

/// The time limits of a level, IMS-P-025 6.3.1.1 and 6.4.1, 6.5.1, 6.6.1: hours to handle it, days to close it.
pub(super) const LIMITS: [(i64, i64); 4] = [(24, 7), (8, 7), (2, 3), (1, 0)];
