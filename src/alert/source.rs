//! A source gives nothing, or gives something again: words for the system administrator.

use minijinja::context;

use super::clean::clean;
use super::{Error, Notice};
use crate::moment::{Tz, iso, roc};

/// What is the matter with a source. Its text comes from the configuration and the kernel, never from a log.
#[derive(Clone, Copy, Debug)]
pub struct SourceTrouble<'a> {
    /// The source.
    pub source: &'a str,
    /// Why it cannot be read; none where it is silent.
    pub why: Option<&'a str>,
    /// The way out, if one is known.
    pub hint: &'a str,
    /// Since when, microseconds since the epoch.
    pub since: i64,
    /// When it was over; none while it is not.
    pub over: Option<i64>,
    /// How many other sources it is about, which are named in the status only.
    pub others: usize,
}

impl Notice {
    /// A notice about a source; `id` names its occurrence, and the same with `.over` its end.
    pub fn source(id: &str, trouble: &SourceTrouble<'_>, zone: Tz) -> Result<Self, Error> {
        let when = |us: i64| format!("{}（{}）", roc(us, zone), iso(us));
        let (id, subject) = match (trouble.over, trouble.why) {
            (Some(_), _) => (format!("{id}.over"), "[breachd] 紀錄來源恢復"),
            (None, Some(_)) => (id.to_owned(), "[breachd] 紀錄來源無法讀取"),
            (None, None) => (id.to_owned(), "[breachd] 紀錄來源沒有新紀錄"),
        };
        let values = context! {
            source => clean(trouble.source), why => trouble.why.map(clean), hint => clean(trouble.hint),
            others => trouble.others, since => when(trouble.since), over => trouble.over.map(when),
        };
        let template = ("source.txt", include_str!("../../config/templates/source.txt.j2"));
        Self::new(&id, subject, template, values)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::moment::SECOND;

    #[test]
    fn a_notice_says_what_since_when_and_what_to_do() {
        let since = 1_794_873_600 * SECOND;
        let blind = SourceTrouble {
            source: "/var/log/mail.log",
            why: Some("permission denied"),
            hint: "setfacl -m u:breachd:r /var/log/mail.log",
            since,
            over: None,
            others: 0,
        };
        let text = |trouble: &SourceTrouble<'_>| {
            let notice = Notice::source("alarm-1", trouble, Tz::Asia__Taipei).expect("renders");
            (notice.id.clone(), format!("{notice:?}"))
        };
        let (id, words) = text(&blind);
        assert_eq!(id, "alarm-1");
        for part in ["無法讀取：/var/log/mail.log", "permission denied", "setfacl", "2026-11-17T00:00:00Z"]
        {
            assert!(words.contains(part), "{part} in {words}");
        }
        let (id, words) = text(&SourceTrouble { over: Some(since + SECOND), ..blind });
        assert_eq!(id, "alarm-1.over");
        assert!(words.contains("2026-11-17T00:00:01Z） 起恢復正常"), "{words}");
        assert!(text(&SourceTrouble { why: None, ..blind }).1.contains("silent_after"));
    }
}
