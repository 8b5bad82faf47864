//! The running daemon is asked, told, stopped from outside and watched over: its control socket, what the service
//! manager hears, alarms about sources, and the journal as a source.

#![allow(missing_docs, unreachable_pub, reason = "a test has no readers of its documentation")]

#[path = "control/acts.rs"]
mod acts;
#[path = "control/alarms.rs"]
mod alarms;
#[path = "control/journal.rs"]
mod journal;
#[path = "control/reload.rs"]
mod reload;
#[path = "control/said.rs"]
mod said;
#[path = "control/service.rs"]
mod service;
#[path = "control/status.rs"]
mod status;
mod support;

use std::io::Write;
use std::path::Path;

use support::national_id;
use support::story::{TUESDAY, postfix};

/// The log of one mail with one person's number, which left.
fn mail(n: usize) -> String {
    let id = format!("{n:06X}ABCD");
    let person = national_id(1000 + n);
    let at = 60 * n;
    postfix(
        TUESDAY,
        &format!(
            "{at}s {id} client\n{at}s {id} subject 身分證字號 {person}\n{at}s {id} from wang@agency.gov.tw\n\
             {at}s {id} sent chen@example.com\n{at}s {id} removed"
        ),
    )
}

fn append(path: &Path, text: &str) {
    let file = std::fs::OpenOptions::new().create(true).append(true).open(path);
    file.and_then(|mut file| file.write_all(text.as_bytes())).expect("a log can be written");
}

/// How many people the store counts.
fn people(site: &support::Site) -> u64 {
    let cores = site.cores();
    let counts = cores.as_array().into_iter().flatten().map(|core| core["subjects"]["total"].as_u64());
    counts.sum::<Option<u64>>().unwrap_or(0)
}
