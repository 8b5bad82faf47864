//! Every event we log, in one list, so that messages stay stable for an administrator's alarms and a reader can see
//! that none of them takes log bytes. error: a person must act; warn: something is degraded, and goes on; info:
//! start, stop, mail, incidents; debug: decisions.

use std::path::Path;

use tracing::{debug, error, info, warn};

/// Sends what is logged to stderr: warnings with `quiet`, decisions with `verbose`.
pub fn start(quiet: bool, verbose: u8, color: bool) {
    let level = match (quiet, verbose) {
        (true, _) => tracing::Level::WARN,
        (false, 0) => tracing::Level::INFO,
        (false, 1) => tracing::Level::DEBUG,
        (false, _) => tracing::Level::TRACE,
    };
    let format = tracing_subscriber::fmt()
        .with_max_level(level)
        .with_writer(std::io::stderr)
        .with_ansi(color)
        .with_target(false)
        .without_time();
    // A second start in one process (tests) keeps the first.
    let _ = format.try_init();
}

/// A file cannot be read, or was refused; the others go on.
pub fn source_troubled(path: &Path, what: &str, hint: &str) {
    warn!(path = %path.display(), hint, "source: {what}");
}

/// Reading failed.
pub fn read_failed(error: &dyn std::error::Error) {
    warn!("cannot read: {error}");
}

/// Lines were not of their source's format.
pub fn lines_malformed(count: u64) {
    debug!(count, "candidate lines were not of their source's format; read as plain text");
}

/// A batch was committed.
pub fn committed(facts: usize, ranges: usize) {
    debug!(facts, ranges, "committed");
}

/// The store refused a batch for now; reading waits.
pub fn store_waits(error: &dyn std::error::Error, hint: &str, seconds: u64) {
    error!(seconds, hint, "cannot commit, reading waits (the logs are the buffer): {error}");
}

/// No space could be held back for a full disk.
pub fn no_reserve(path: &Path, error: &dyn std::error::Error) {
    warn!(path = %path.display(), "cannot hold back space for a full disk; free some, or lower [store] reserve: {error}");
}

/// There was no room for a commit, and the reserve was given up.
pub fn disk_full(error: &dyn std::error::Error) {
    error!(
        "no room for the store: the reserve is given up for what was found already, then reading stops (the logs are the buffer) until there is some again; free some, or raise [store] max: {error}"
    );
}

/// The reserve is held again.
pub fn room_again(path: &Path) {
    info!(path = %path.display(), "there is room again, reading goes on");
}

/// The store comes near its bound.
pub fn store_large(path: &Path, bytes: u64, bytes_max: u64) {
    warn!(path = %path.display(), bytes, bytes_max, "the store comes near its bound, at which reading stops; raise [store] max, or give it a larger disk");
}

/// The store was damaged, and another stands in its place.
pub fn store_mended(words: &dyn std::fmt::Display) {
    error!("{words}");
}

/// The store was copied.
pub fn snapshot_made(path: &Path) {
    debug!(path = %path.display(), "snapshot of the store");
}

/// The store could not be copied; the last snapshot stays.
pub fn no_snapshot(error: &dyn std::error::Error) {
    warn!("cannot make a snapshot of the store, the last one stays: {error}");
}

/// The wall clock was set.
pub fn clock_set(seconds: i64) {
    warn!(seconds, "the wall clock was set; deadlines stay as they were told, and no letter waits for it");
}

/// A mail went into the spool.
pub fn letter_spooled(id: &str, path: &Path) {
    info!(id, path = %path.display(), "draft incident: mail in the spool");
}

/// A mail could not be composed or spooled.
pub fn letter_failed(id: &str, error: &dyn std::error::Error) {
    error!(id, "cannot put the mail into the spool, it stays in the outbox: {error}");
}

/// A letter could not be written by the templates of the organisation, and is written by ours.
pub fn letter_plain(id: &str, error: &dyn std::error::Error) {
    error!(id, "written by a template of the program instead: {error}");
}

/// A mail was handed over.
pub fn mail_sent(id: &str, recipients: usize) {
    info!(id, recipients, "mail accepted by the relay");
}

/// Every recipient of a mail was refused for good.
pub fn mail_refused(id: &str) {
    error!(id, "the relay refused the mail for every recipient; tell the team by telephone");
}

/// A recipient of a mail was refused for good, while others have it.
pub fn recipient_refused(id: &str, recipient: &str, reply: &str) {
    error!(id, recipient, "the relay refused a recipient for good, correct [roles]: {reply}");
}

/// Mails have waited for long.
pub fn mail_degraded(waiting: usize, seconds: u64, why: &str) {
    error!(
        waiting,
        seconds, "mail does not leave; tell the team by telephone, and mend the way to the relay: {why}"
    );
}

/// Mail leaves again.
pub fn mail_well() {
    info!("mail leaves again");
}

/// A mail waits in the spool.
pub fn mail_waits(id: &str, error: Option<&dyn std::error::Error>, seconds: u64) {
    let why = error.map_or_else(|| "the relay put off some recipients".to_owned(), ToString::to_string);
    warn!(id, seconds, "mail stays in the spool, next try later: {why}");
}

/// The spool cannot be used.
pub fn spool_failed(error: &dyn std::error::Error) {
    error!("spool: {error}");
}

/// The daemon stops.
pub fn stopping(signal: &str) {
    info!("{signal}: stopping after the current batch");
}

/// The control socket could not be opened; everything else goes on.
pub fn no_control(path: &Path, error: &dyn std::error::Error) {
    warn!(path = %path.display(), "no control socket, `breachd ctl` will not reach this daemon: {error}");
}

/// An answer could not be sent.
pub fn answer_lost(error: &dyn std::error::Error) {
    debug!("control socket: whoever asked is gone: {error}");
}

/// Another configuration is in force.
pub fn reloaded(by: &str) {
    info!(by, "configuration read anew and in force");
}

/// The configuration was not changed.
pub fn not_reloaded(by: &str, why: &str) {
    error!(by, "configuration not changed, the old one stays in force:\n{}", why.trim_end());
}

/// A source gives nothing.
pub fn alarm(source: &str, is_silent: bool) {
    let what = if is_silent { "no new line for longer than is usual" } else { "cannot be read" };
    error!(source, "source: {what}; the system administrators are told");
}

/// A source gives something again.
pub fn alarm_over(source: &str) {
    info!(source, "source: well again; the system administrators are told");
}

/// A person has decided something.
pub fn decided(case: &str, state: &str, by: &str) {
    info!(case, state, by, "case");
}

/// A thread does not get on: the service manager's watchdog is not fed any more.
pub fn stuck(thread: &str, seconds: u64) {
    error!(seconds, "{thread} has not got on for so long; the service manager will start breachd anew");
}
