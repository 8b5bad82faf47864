//! `breachd doctor`: what on this host keeps logs from telling what they could.

use std::path::Path;

use super::{FAILED, Failure, Outcome, print, settings, words};
use crate::cli::{Doctor as Options, Global};
use crate::config::{self, Packs, Settings, Transport};
use crate::daemon::now;
use crate::moment::{DAY, SECOND};
use crate::report::{self, Complaint, Examined};
use crate::source::rotation;
use crate::source::tail::{Health, health};

/// How long a log may be silent before somebody should look.
const SILENT: i64 = DAY;

/// Change notices that all programs of a user may ask for; fewer and new lines are seen a rescan later.
const INOTIFY_INSTANCES_MIN: u64 = 16;

/// Looks at every source; `--mail` tries the relay too. Ends with 1 when something needs a hand.
pub(super) fn run(global: &Global, options: &Options) -> Outcome {
    let (settings, packs, _) = settings(global)?;
    let (found, notices) = health(config::specs(&settings));
    let mut examined: Vec<Examined> = found.iter().map(|found| examine(found, &settings, &packs)).collect();
    examined.extend(notices.into_iter().map(|notice| {
        let complaint = Complaint::new(notice.what, &notice.hint);
        Examined { complaints: vec![complaint], ..Examined::of(&notice.path.display().to_string()) }
    }));
    examined.push(host(&settings, options.mail));
    if options.json {
        print(&format!("{:#}\n", report::doctor(&examined)))?;
    } else {
        print(&report::doctor_text(&examined, words(global)))?;
    }
    Ok(if examined.iter().all(|examined| examined.complaints.is_empty()) { 0 } else { FAILED })
}

/// What is wrong with a log, and what it can never show.
fn examine(found: &Health, settings: &Settings, packs: &Packs) -> Examined {
    let mut examined = Examined::of(&found.path.display().to_string());
    if let Some(trouble) = &found.trouble {
        examined.complaints.push(Complaint::new(trouble.to_string(), &trouble.hint()));
        return examined;
    }
    let source = found.path.to_string_lossy();
    let named = config::format_of(settings, &packs.formats)(&crate::line::SourceId::new(&source));
    let format = named.unwrap_or_else(|| packs.formats.sniff(&found.sample));
    packs.formats.name(format).clone_into(&mut examined.format);
    let silent = now() - found.modified.saturating_mul(SECOND);
    if found.size == 0 {
        let hint = "see whether the server writes somewhere else";
        examined.complaints.push(Complaint::new("the log is empty".to_owned(), hint));
    } else if silent > SILENT {
        let what = format!("nothing was written for {} days", silent / DAY);
        examined.complaints.push(Complaint::new(what, "see whether the server writes somewhere else"));
    }
    for rotation in rotation::of(&found.path, Path::new("/etc/logrotate.conf"), Path::new("/etc/logrotate.d"))
    {
        if rotation.copytruncate {
            let what = format!(
                "copytruncate in {}:{} loses the lines that are written while it copies",
                rotation.file.display(),
                rotation.line
            );
            examined.complaints.push(Complaint::new(what, "use `create` and let the server reopen its log"));
        }
    }
    examined.advice = packs.formats.advice(format, &found.sample);
    examined
}

/// The host: change notices, and with `mail` the relay.
fn host(settings: &Settings, mail: bool) -> Examined {
    let mut examined = Examined::of("this host");
    let limit = std::fs::read_to_string("/proc/sys/fs/inotify/max_user_instances").ok();
    let limit = limit.and_then(|text| text.trim().parse::<u64>().ok());
    if let Some(limit) = limit.filter(|limit| *limit < INOTIFY_INSTANCES_MIN) {
        let what = format!("fs.inotify.max_user_instances is {limit}: new lines may be seen late");
        examined.complaints.push(Complaint::new(what, "sysctl fs.inotify.max_user_instances=128"));
    }
    if mail && settings.mail.transport == Transport::Smtp {
        for (_, relay) in config::each_relay(&settings.mail) {
            if let Err(error) = relay.and_then(|relay| relay.try_out()).map_err(Failure::from) {
                let hint = "start the MTA on this host, or correct [mail] host, port, tls and user";
                examined.complaints.push(Complaint::new(error.text, hint));
            }
        }
    }
    examined
}
