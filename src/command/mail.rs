//! `breachd mail`: whether mail leaves, and what does not.

use std::fmt::Write as _;

use super::{CONFIGURATION, FAILED, Failure, Outcome, print, settings};
use crate::alert::{Channel, Notice, Spool};
use crate::cli::{Global, Mail};
use crate::config::{self, Settings};
use crate::daemon::now;
use crate::report::escape;

/// Tries the relays, or lists the spool.
pub(super) fn run(global: &Global, command: Mail) -> Outcome {
    let (settings, _, _) = settings(global)?;
    match command {
        Mail::Test => test(&settings),
        Mail::Spool => spool(&settings),
    }
}

/// One mail by every relay, to the administrators: recipients come from the configuration only.
fn test(settings: &Settings) -> Outcome {
    let to = settings.administrators(now());
    if to.is_empty() {
        let text =
            "there is nobody to write to; add to [roles]: sysadmin = [\"name@agency.gov.tw\"]".to_owned();
        return Err(Failure { code: CONFIGURATION, text });
    }
    let (from, mut text, mut failed) = (&settings.mail.from, String::new(), false);
    for (name, relay) in config::each_relay(&settings.mail) {
        let mail = Notice::trial(&name, now())?.mail(from, &to, now())?;
        let said = relay.and_then(|mut relay| relay.deliver(from, &to, &mail));
        // A String takes every byte.
        let _ = match said {
            Err(error) => {
                failed = true;
                writeln!(text, "{name}: {}", escape(&error.to_string()))
            }
            Ok(words) => words.iter().try_for_each(|word| {
                failed |= !word.ok;
                let said = if word.ok { "taken" } else { "refused" };
                writeln!(text, "{name}: {}: {said}: {}", word.address, escape(&word.reply))
            }),
        };
    }
    print(&text)?;
    Ok(if failed { FAILED } else { 0 })
}

fn spool(settings: &Settings) -> Outcome {
    let spool = Spool::open(&settings.mail.spool_dir)?;
    let (mut text, waiting) = (String::new(), spool.waiting()?);
    for (id, since) in &waiting {
        let minutes = since.elapsed().unwrap_or_default().as_secs() / 60;
        let to = spool.envelope(id).map_or_else(|error| error.to_string(), |envelope| envelope.to.join(", "));
        let _ = writeln!(text, "waits {minutes} min  {id}  {}", escape(&to)); // a String takes every byte
    }
    let mut refused = 0;
    for receipt in spool.receipts()?.into_iter().flatten() {
        for word in receipt.recipients.iter().filter(|word| !word.ok) {
            refused += 1;
            let _ = writeln!(
                text,
                "refused  {}  {}: {}",
                escape(&receipt.id),
                escape(&word.address),
                escape(&word.reply)
            );
        }
    }
    if text.is_empty() {
        text.push_str("nothing waits, nothing was refused\n");
    }
    print(&text)?;
    Ok(if waiting.is_empty() && refused == 0 { 0 } else { FAILED })
}
