//! Letters that were answered by mail, each token once. A row of `meta` a token, which goes when the token's time is over.

use rusqlite::{Connection, OptionalExtension, Transaction};

use super::apply::Step;
use super::{Error, Result, Store};
use crate::act::Decision;
use crate::incident::State;

/// What the names of the rows begin with.
const NAME: &str = "reply/";

/// Notes that a token has been used; refuses one that was, or whose time is over.
pub(super) fn use_once(
    tx: &Transaction<'_>,
    token: &str,
    until: i64,
    now: i64,
) -> std::result::Result<(), Step> {
    let refused = |why: &str| Step::Refused(Error::ActRefused { why: why.to_owned() });
    tx.execute("DELETE FROM meta WHERE name GLOB 'reply/*' AND CAST(value AS INTEGER) < ?1", [now])?;
    if until < now {
        return Err(refused(LATE));
    }
    let row = rusqlite::params![format!("{NAME}{token}"), until.to_string()];
    match tx.execute("INSERT OR IGNORE INTO meta (name, value) VALUES (?1, ?2)", row)? {
        0 => Err(refused(USED)),
        _ => Ok(()),
    }
}

/// What an answer does: it acknowledges, or, where the case is known already, adds its words.
pub(super) const fn decision(state: State) -> Decision {
    match state {
        State::Draft => Decision::Ack,
        _ => Decision::Note,
    }
}

/// Why an answer is not taken a second time.
pub const USED: &str = "這封信已回覆過一次，每封信限回覆一次；請回覆較新的通知信，或電洽系統管理人員。 \
    This letter has been answered before; answer a later one, or telephone.";
/// Why an answer is not taken any more.
pub const LATE: &str = "這封信的回覆期限已過；請電洽系統管理人員。 \
    The time in which this letter could be answered is over; telephone.";

impl Store {
    /// Whether a token has been used.
    pub fn is_answered(&self, token: &str) -> Result<bool> {
        self.ask("read answers", |db: &Connection| {
            let row =
                db.query_row("SELECT 1 FROM meta WHERE name = ?1", [format!("{NAME}{token}")], |_| Ok(()));
            Ok(row.optional()?.is_some())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{START, batch, keys, message, open, rules};
    use super::*;
    use crate::act::{Act, Reason, Signed, Via, Who};
    use crate::batch::Batch;
    use crate::event::Status;
    use crate::moment::DAY;

    #[test]
    fn an_answer_acknowledges_once_and_a_second_recipients_answer_is_a_note() {
        let dir = tempfile::tempdir().expect("a folder");
        let mut store = open(dir.path());
        let mut apply =
            |batch: &Batch, now| store.apply(batch, &rules(), now, true).map_err(|error| error.to_string());
        apply(&batch(message("AAAAAA", 0, "A1", Some(Status::Sent))), START).expect("applied");
        let answer = |token: &str, words: &str| {
            let act =
                Act::Reply { id: "BD-2026-000001".to_owned(), token: token.to_owned(), until: START + DAY };
            let reason = (!words.is_empty()).then(|| Reason::new(words).expect("short"));
            let signed = Signed { act, by: Who::by_mail("privacy@agency.gov.tw"), reason };
            Batch { acts: vec![signed], ..Batch::new(keys().id()) }
        };
        let first = apply(&answer("aaa", ""), START).expect("taken");
        assert_eq!(first.decided[0].state, State::Acknowledged);
        let again = apply(&answer("aaa", "again"), START).expect_err("used");
        assert!(again.contains(USED), "{again}");
        let late = apply(&answer("bbb", ""), START + 2 * DAY).expect_err("too late");
        assert!(late.contains(LATE), "{late}");
        let second = apply(&answer("ccc", "已電洽 0912345678"), START).expect("taken");
        assert_eq!(second.decided[0].state, State::Acknowledged, "it stays as it is");
        assert!(store.is_answered("ccc").expect("readable") && !store.is_answered("ddd").expect("readable"));
        let acts = store.acts("BD-2026-000001").expect("readable");
        assert_eq!(acts.len(), 2, "what was refused is not recorded");
        let by: Vec<_> = acts.iter().map(|act| (&*act.signed.by.name, act.signed.by.via)).collect();
        assert_eq!(by, [("privacy@agency.gov.tw", Via::Mail); 2]);
        let words = acts[1].signed.reason.as_ref().expect("words").as_str();
        assert!(words.starts_with("已電洽") && !words.contains("345678"), "{words}");
    }
}
