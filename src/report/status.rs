//! How a running daemon stands: what `ctl status` shows, as the daemon sends it and as people read it.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use super::terminal::{Words, escape, table, thousands};
use crate::incident::{Instant, Missing};
use crate::moment::{Tz, roc_short};

/// The schema of a status.
pub const STATUS_SCHEMA: &str = "breachd.status/1";

/// A running daemon.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// [`STATUS_SCHEMA`].
    pub schema: String,
    /// Its version.
    pub version: String,
    /// Its process.
    pub pid: u32,
    /// Seconds since it was started.
    pub uptime_seconds: u64,
    /// Id of the key of its subject keys.
    pub key: String,
    /// The configuration it works by.
    pub configuration: Configuration,
    /// The sources, the troubled first, then those that are furthest behind.
    pub sources: Vec<Source>,
    /// How many sources there are beside those.
    pub sources_more: u64,
    /// What could not be read.
    pub gaps: Gaps,
    /// Mails on their way.
    pub spool: Spool,
    /// The store.
    pub store: Store,
    /// What sends.
    pub mailer: Mailer,
}

/// A configuration that is in force.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Configuration {
    /// When it was read; none where the program has only just begun.
    pub since: Option<Instant>,
    /// Why the last attempt to read it anew changed nothing.
    pub refused: Option<String>,
}

/// A source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// The path of its live file, or `journal:UNIT,…`.
    pub source: String,
    /// How it stands.
    pub state: SourceState,
    /// Why it cannot be read.
    pub why: Option<String>,
    /// Since when the administrators have been told of trouble; none where there is none, or nobody was told yet.
    pub alarm: Option<Instant>,
    /// Bytes that are there and not read yet.
    pub behind_bytes: u64,
    /// The time of the last line that was committed.
    pub read_until: Option<Instant>,
    /// How long ago that was, where bytes wait.
    pub behind_seconds: Option<u64>,
}

/// How a source stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SourceState {
    /// It cannot be read.
    Unreadable,
    /// It has had no new line for longer than is usual.
    Silent,
    /// It is read.
    Reading,
}

/// What could not be read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gaps {
    /// How many gaps there are.
    pub total: u64,
    /// The latest of them.
    pub latest: Vec<Missing>,
}

/// Mails on their way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spool {
    /// To be sent.
    pub new: u64,
    /// Refused for every recipient.
    pub failed: u64,
}

/// The store.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Store {
    /// Bytes on disk.
    pub bytes: u64,
    /// The last commit; none since the start.
    pub last_commit: Option<Instant>,
    /// Up to when the source is read that is furthest behind in time; none where all is read.
    pub oldest_unread: Option<Instant>,
    /// Why it cannot commit, or cannot be read.
    pub trouble: Option<String>,
}

/// What sends.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mailer {
    /// `off` where mails stay in the spool, `waiting` where the relay took one not yet, `degraded` where one has waited for
    /// five minutes, else `idle`.
    pub state: String,
    /// The mail that waits.
    pub id: Option<String>,
    /// Why.
    pub why: Option<String>,
}

/// A status for a person.
pub fn status_text(status: &Status, zone: Tz, words: Words) -> String {
    let pick = |chinese, english| words.pick(chinese, english);
    let mut text = format!(
        "breachd {}  {} {}  {} {}  {} {}\n",
        status.version,
        pick("程序", "pid"),
        status.pid,
        pick("已執行", "up"),
        span(status.uptime_seconds),
        pick("金鑰", "key"),
        status.key,
    );
    let mut line = |head: (&'static str, &'static str), body: String| {
        let _ = writeln!(text, "{}: {body}", words.pick(head.0, head.1)); // a String takes every byte
    };
    let when = |at: Option<Instant>| at.map_or_else(|| "-".to_owned(), |at| roc_short(at.0, zone));
    let store = &status.store;
    line(
        ("資料庫", "store"),
        format!(
            "{} · {} {} · {} {}",
            size(store.bytes),
            pick("最後寫入", "last commit"),
            when(store.last_commit),
            pick("最舊未讀", "oldest unread"),
            when(store.oldest_unread)
        ),
    );
    if let Some(trouble) = &store.trouble {
        line(("資料庫問題", "store trouble"), escape(trouble));
    }
    let Spool { new, failed } = status.spool;
    line(
        ("郵件", "mail"),
        format!(
            "{} {new} · {} {failed} · {}",
            pick("待寄", "to be sent"),
            pick("遭拒", "refused"),
            mailer(&status.mailer, words)
        ),
    );
    let configuration = &status.configuration;
    if configuration.since.is_some() || configuration.refused.is_some() {
        line(("設定讀入", "configuration of"), when(configuration.since));
    }
    if let Some(refused) = &configuration.refused {
        line(
            ("設定未更新，沿用舊設定", "not reloaded, the old one is in force"),
            format!("\n{}", refused.trim_end()),
        );
    }
    text.push('\n');
    text.push_str(&sources(status, zone, words));
    text.push_str(&gaps(&status.gaps, words));
    text
}

fn sources(status: &Status, zone: Tz, words: Words) -> String {
    let heads = match words {
        Words::Chinese => ["來源", "狀態", "落後", "時間落後", "讀至", "原因"],
        Words::English => ["SOURCE", "STATE", "BEHIND", "IN TIME", "READ UNTIL", "WHY"],
    };
    let row = |source: &Source| {
        let state = match source.state {
            SourceState::Unreadable => words.pick("無法讀取", "unreadable"),
            SourceState::Silent => words.pick("無新紀錄", "silent"),
            SourceState::Reading => words.pick("讀取中", "reading"),
        };
        let alarm = source.alarm.map_or_else(String::new, |at| {
            format!("{} {}", words.pick("已通報自", "told, since"), roc_short(at.0, zone))
        });
        let why = source.why.iter().map(|why| escape(why)).chain((!alarm.is_empty()).then_some(alarm));
        [
            escape(&source.source),
            state.to_owned(),
            size(source.behind_bytes),
            source.behind_seconds.map_or_else(|| "-".to_owned(), span),
            source.read_until.map_or_else(|| "-".to_owned(), |at| roc_short(at.0, zone)),
            why.collect::<Vec<_>>().join("; "),
        ]
    };
    let rows: Vec<_> =
        std::iter::once(heads.map(str::to_owned)).chain(status.sources.iter().map(row)).collect();
    let mut text = table(&rows);
    if status.sources_more > 0 {
        let more = thousands(status.sources_more);
        let _ = match words {
            Words::Chinese => writeln!(text, "另有 {more} 個來源"),
            Words::English => writeln!(text, "and {more} more"),
        };
    }
    text
}

fn gaps(gaps: &Gaps, words: Words) -> String {
    if gaps.total == 0 {
        return words.pick("\n沒有缺口。\n", "\nno gaps.\n").to_owned();
    }
    let mut text = match words {
        Words::Chinese => format!("\n缺口 {} 處，最近的：\n", thousands(gaps.total)),
        Words::English => format!("\n{} gaps, the latest:\n", thousands(gaps.total)),
    };
    for gap in &gaps.latest {
        let to = gap.to.map_or_else(|| "?".to_owned(), |to| to.to_string());
        let _ = writeln!(text, "  {}  {}–{to}  {}", escape(&gap.path), gap.from, gap.cause);
    }
    text
}

fn mailer(mailer: &Mailer, words: Words) -> String {
    match (mailer.state.as_str(), &mailer.why) {
        ("off", _) => {
            words.pick("不寄出，留在 spool_dir/new", "none is sent, they stay in spool_dir/new").to_owned()
        }
        ("degraded", why) => {
            let why = why.as_deref().map_or_else(String::new, |why| format!(": {}", escape(why)));
            let loud =
                words.pick("郵件寄不出去，請以電話通知", "MAIL DOES NOT LEAVE, tell the team by telephone");
            format!("{loud}{why}")
        }
        ("waiting", why) => {
            let id = mailer.id.as_deref().unwrap_or("-");
            let why = why.as_deref().map_or_else(String::new, |why| format!(": {}", escape(why)));
            format!("{} {id}{why}", words.pick("寄送受阻", "the relay took it not yet:"))
        }
        _ => words.pick("寄送正常", "the mailer is idle").to_owned(),
    }
}

/// `3 d 4 h`, `5 min 6 s`: the two largest units.
fn span(seconds: u64) -> String {
    let units = [(86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")];
    let largest = units.iter().position(|(unit, _)| seconds >= *unit).unwrap_or(3);
    let (unit, name) = units[largest];
    let mut text = format!("{} {name}", seconds / unit);
    if let Some((next, name)) = units.get(largest + 1) {
        let _ = write!(text, " {} {name}", seconds % unit / next);
    }
    text
}

/// `12.3 MiB`.
fn size(bytes: u64) -> String {
    let units = ["B", "KiB", "MiB", "GiB", "TiB"];
    let step = (0..4).take_while(|step| bytes >> (10 * (step + 1)) > 0).count();
    if step == 0 {
        return format!("{bytes} B");
    }
    format!("{:.1} {}", bytes as f64 / (1_u64 << (10 * step)) as f64, units[step])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status() -> Status {
        let blind = Source {
            source: "/var/log/mail.log".to_owned(),
            state: SourceState::Unreadable,
            why: Some("read /var/log/mail.log: Permission denied \u{1b}[2J".to_owned()),
            alarm: Some(Instant(1_794_873_600_000_000)),
            behind_bytes: 3 << 20,
            read_until: None,
            behind_seconds: Some(3_700),
        };
        let gap = Missing {
            path: "/var/log/mail.log.1".to_owned(),
            from: 5,
            to: None,
            cause: "vanished".to_owned(),
        };
        Status {
            schema: STATUS_SCHEMA.to_owned(),
            version: "0.1.0".to_owned(),
            uptime_seconds: 90_061,
            sources: vec![blind],
            sources_more: 2_000,
            gaps: Gaps { total: 1, latest: vec![gap] },
            ..Status::default()
        }
    }

    #[test]
    fn a_status_reads_back_and_says_the_same_in_both_languages() {
        let status = status();
        let json = serde_json::to_string(&status).expect("JSON");
        assert_eq!(serde_json::from_str::<Status>(&json).expect("reads back"), status);
        let english = status_text(&status, Tz::Asia__Taipei, Words::English);
        for part in
            ["up 1 d 1 h", "unreadable", "3.0 MiB", "1 h 1 min", "and 2,000 more", "1 gaps", "5–?  vanished"]
        {
            assert!(english.contains(part), "{part} in {english}");
        }
        assert!(!english.contains('\u{1b}'), "no escape sequence reaches a terminal");
        let chinese = status_text(&status, Tz::Asia__Taipei, Words::Chinese);
        for part in ["已執行 1 d 1 h", "無法讀取", "另有 2,000 個來源", "缺口 1 處"] {
            assert!(chinese.contains(part), "{part} in {chinese}");
        }
    }

    #[test]
    fn sizes_and_spans_are_short() {
        assert_eq!([size(0), size(1023), size(1024), size(5 << 30)], ["0 B", "1023 B", "1.0 KiB", "5.0 GiB"]);
        assert_eq!([span(0), span(61), span(7_200)], ["0 s", "1 min 1 s", "2 h 0 min"]);
    }
}
