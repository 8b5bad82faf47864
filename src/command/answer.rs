//! `breachd act --mail`: an MTA hands over a reply to one of our mails.
//!
//! What it says is told to the daemon, which knows the token; this process needs no key, and may do nothing else. Exit
//! codes are those of sysexits.h, by which an MTA decides whether it tries again or tells the sender.

use std::io::{self, Read};

use super::{Failure, Outcome, act, say, settings};
use crate::act::{Act, Reason, Signed, Who};
use crate::alert::{REPLY_BYTES_MAX, Reply, Tokens, read_reply};
use crate::batch::Batch;
use crate::cli::{Answer as Options, Global};
use crate::config;
use crate::daemon::{Answer, Ask, AskError, ask, now, ticket};
use crate::store::{self, Store};

/// `EX_DATAERR`: no mail.
const NO_MAIL: u8 = 65;
/// `EX_TEMPFAIL`: the MTA tries again later.
const LATER: u8 = 75;
/// `EX_NOPERM`: the MTA sends the mail back with our words.
const REFUSED: u8 = 77;

/// Reads the mail and has it done.
pub(super) fn run(global: &Global, options: &Options) -> Outcome {
    let mut mail = Vec::new();
    let read = io::stdin().lock().take(REPLY_BYTES_MAX).read_to_end(&mut mail);
    read.map_err(|error| later(format!("cannot read the mail: {error}")))?;
    // Postfix local(8) names the address in its environment, pipe(8) in an argument.
    let given = ["ORIGINAL_RECIPIENT", "EXTENSION"].iter().filter_map(|name| std::env::var(name).ok());
    let given = options.to.iter().cloned().chain(given).collect();
    let (addresses, words) = match read_reply(&mail, given) {
        Reply::Written { addresses, words } => (addresses, words),
        // To send these back would begin a loop.
        Reply::Automatic => return Ok(ignored("written by a program, and left alone")),
        Reply::Unreadable => return Err(Failure { code: NO_MAIL, text: "this is no mail".to_owned() }),
    };
    let socket = config::as_far_as_readable(global.config_path()).control_socket();
    match ask(&socket, &Ask::Reply { addresses: addresses.clone(), words: words.clone() }) {
        Ok(Answer::Decided { case, state }) => {
            say(&format!("{case}: {state}"));
            Ok(0)
        }
        // Not sent back: whoever made up an address made up the sender too.
        Ok(Answer::Unanswered { is_ours: false, why }) => Ok(ignored(&why)),
        Ok(Answer::Unanswered { why, .. }) => Err(Failure { code: REFUSED, text: why }),
        Ok(Answer::Refused(why)) => Err(later(why)),
        Ok(_) => Err(later(act::other_version().text)),
        Err(nobody @ AskError::NobodyThere { .. }) => here(global, &addresses, &words, &nobody),
        Err(error) => Err(later(error.to_string())),
    }
}

/// No daemon answers: done here, under the lock of the store. Whatever hinders it now, the MTA keeps the mail.
fn here(global: &Global, addresses: &[String], words: &str, nobody: &AskError) -> Outcome {
    let (settings, packs, _) = settings(global).map_err(|failure| later(failure.text))?;
    let unable = |error: store::Error| match error {
        store::Error::Locked { .. } => later(nobody.to_string()),
        error => later(error.to_string()),
    };
    let key_id = Store::read(&settings.state_dir).map_err(unable)?.key_id().to_owned();
    act::own_store(&settings).map_err(|failure| later(failure.text))?;
    let mut store = Store::open(&settings.state_dir, &key_id).map_err(unable)?;
    let secret = store::load_reply_secret(&settings.state_dir).map_err(|error| later(error.to_string()))?;
    let now = now();
    let ticket = match ticket(&Tokens::new(secret), &settings, addresses, now) {
        Ok(ticket) => ticket,
        Err(Answer::Unanswered { is_ours: true, why }) => return Err(Failure { code: REFUSED, text: why }),
        Err(_) => return Ok(ignored("no token of ours is in its addresses")),
    };
    let by = Who::by_mail(&ticket.recipient);
    let act = Act::Reply { id: ticket.case, token: ticket.token, until: ticket.until };
    let reason = Reason::new(words).ok();
    let batch = Batch { acts: vec![Signed { act, by, reason }], ..Batch::new(store.key_id()) };
    match store.apply(&batch, &config::rules(&settings, &packs), now, false) {
        Ok(_) => Ok(0),
        Err(store::Error::ActRefused { why }) => Err(Failure { code: REFUSED, text: why }),
        Err(error) => Err(later(error.to_string())),
    }
}

fn later(text: String) -> Failure {
    Failure { code: LATER, text }
}

/// Done with, without a word to the sender.
fn ignored(why: &str) -> u8 {
    say(why);
    0
}
