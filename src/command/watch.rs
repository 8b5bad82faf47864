//! `breachd watch`: the daemon, in the foreground.

use std::fmt::Write as _;
use std::sync::Arc;

use super::{
    Failure, INTERRUPTED, Outcome, PARTIAL, Unread, print, read_settings, say, settings, stderr_color, words,
};
use crate::alert::{Notice, Spool, Tokens};
use crate::batch::Generation;
use crate::cli::{Global, Watch as Options};
use crate::config::{self, Packs, Settings, Severity, Transport};
use crate::daemon::{Conduct, Hardship, Loaded, Post, Stopped, Watch, now, refusals};
use crate::incident::Rules;
use crate::observe;
use crate::producer::{Live, Pipeline};
use crate::report::{self, Words};
use crate::scan::Scanner;
use crate::source::{Journals, SourceStatus, Start, State, Tail};
use crate::store::{self, KeyError, KeyPlace, Store};

/// Sources that are named at the start; of hundreds nobody reads the list.
const SOURCES_NAMED: usize = 100;

/// Reads configuration, opens everything, and reads logs until it is asked to stop.
pub(super) fn run(global: &Global, options: &Options) -> Outcome {
    let (settings, packs, mut problems) = settings(global)?;
    config::vacancies(&settings, &packs.needed_roles(), Severity::Warning, &mut problems, now());
    if !problems.problems.is_empty() {
        say(problems.render(stderr_color(global)).trim_end());
    }
    let keys = store::load_key(&key_place(&settings)).map_err(|error| without_key(&settings, error))?;
    let (mut store, mended) = Store::open_sound(&settings.state_dir, keys.id(), now())?;
    let rules = config::rules(&settings, &packs);
    let post = post(&settings, &packs, &rules)?;
    let hardship = Hardship::prepare(&settings, &mut store, post.spool())?;
    if let Some(mended) = &mended {
        hardship.tell_mended(mended);
        for (year, number) in post.spool().numbers()? {
            store.number_after(year, number)?;
        }
    }
    let banner = banner(&settings, &packs);
    let scanner = Arc::new(config::scanner(&settings, packs, keys));
    let is_rebuilt = mended.is_some_and(|mended| !mended.from_snapshot);
    let mut live = live(&settings, &store, scanner, is_rebuilt, options.once)?;
    let blind = look(&mut live, options.once);
    say(&format!("{banner}{}", sources(&live.status())));
    let watch = Watch { rules, store, post, settings: settings.clone(), hardship };
    if options.once {
        let store = watch.once(&mut live)?;
        for trouble in live.troubles() {
            observe::read_failed(&trouble);
        }
        print(&summary(&store, &settings, global)?)?;
        return Ok(if blind > 0 { PARTIAL } else { 0 });
    }
    let ready = || say(&if blind > 0 { format!("ready; {blind} sources blind") } else { "ready".to_owned() });
    let again = global.clone();
    Ok(match watch.run(live, Box::new(move |old| load(&again, old)), ready)? {
        Stopped::Asked => 0,
        Stopped::Interrupted => INTERRUPTED,
    })
}

/// The way to the spool. Where mails can be answered, the secret by which answers are known is made at the first start.
fn post(settings: &Settings, packs: &Packs, rules: &Rules) -> Result<Post, Failure> {
    let secret =
        settings.mail.letter.reply_to.as_ref().map(|_| store::load_reply_secret(&settings.state_dir));
    let tokens = secret.transpose()?.map(Tokens::new);
    Ok(Post::new(settings, &rules.policies, packs.templates.clone(), tokens)?)
}

/// Where the key is, in this order.
fn key_place(settings: &Settings) -> KeyPlace {
    KeyPlace {
        credentials: std::env::var_os("CREDENTIALS_DIRECTORY").map(Into::into),
        configured: settings.key_file.clone(),
        state: settings.state_dir.clone(),
    }
}

/// Reads everything anew that a configuration makes, for a daemon that runs.
fn load(global: &Global, old: &Settings) -> Result<Loaded, String> {
    let (settings, packs, report) = read_settings(global).map_err(|error| match error {
        Unread::Refused(report) => report.render(false),
        Unread::Failed(failure) => failure.text,
    })?;
    let refusals = refusals(old, &settings, &report);
    if !refusals.is_empty() {
        return Err(refusals.join("\n"));
    }
    let keys = store::load_key(&key_place(&settings)).map_err(|error| error.to_string())?;
    let key_id = keys.id().to_owned();
    let rules = config::rules(&settings, &packs);
    let post = post(&settings, &packs, &rules).map_err(|failure| failure.text)?;
    let scanner = Arc::new(config::scanner(&settings, packs, keys));
    let pipeline = Pipeline {
        specs: config::specs(&settings),
        journals: config::journals(&settings),
        configured: config::format_of(&settings, scanner.formats()),
        scanner,
    };
    Ok(Loaded { pipeline, conduct: Conduct { settings, report, rules, post, key_id } })
}

/// A store without its key is not touched, because only a person can put the key back: one letter in the spool says so
/// to the system administrators.
fn without_key(settings: &Settings, error: KeyError) -> Failure {
    if let KeyError::Gone { state, path } = &error {
        let notice = Notice::key_gone(&state.display().to_string(), &path.display().to_string());
        let (from, to) = (&settings.mail.from, settings.administrators(now()));
        let put = notice.and_then(|notice| {
            notice.put(&Spool::open(&settings.mail.spool_dir)?, from, &to, now()).map(|_| ())
        });
        if let Err(trouble) = put {
            observe::letter_failed("notice-key-gone", &trouble);
        }
    }
    error.into()
}

/// Goes on where the store stands; where a store was lost, with everything that is there.
fn live(
    settings: &Settings,
    store: &Store,
    scanner: Arc<Scanner>,
    is_rebuilt: bool,
    once: bool,
) -> Result<Live, Failure> {
    let generations = store.generations()?;
    let next = generations.iter().map(|generation: &Generation| generation.id).max().unwrap_or(0) + 1;
    let mut specs = config::specs(settings);
    for spec in specs.iter_mut().filter(|_| is_rebuilt) {
        spec.start = Start::All;
    }
    let journals = Journals::new(config::journals(settings), &generations);
    let tail = Tail::new(specs, generations, next);
    let format = config::format_of(settings, scanner.formats());
    let live = Live::new(tail, scanner, store.open_threads()?, format).with_journals(journals);
    Ok(if once { live } else { live.watched() })
}

/// The first look at the file system; how many sources cannot be read.
fn look(live: &mut Live, is_all: bool) -> usize {
    for notice in if is_all { live.rescan() } else { live.look() } {
        observe::source_troubled(&notice.path, &notice.what, &notice.hint);
    }
    live.troubled()
}

fn banner(settings: &Settings, packs: &Packs) -> String {
    format!(
        "breachd {}: {} policies, {} sources configured\n",
        env!("CARGO_PKG_VERSION"),
        packs.active(&settings.policy).len(),
        settings.sources.len(),
    )
}

fn sources(status: &[SourceStatus]) -> String {
    let mut text = String::new();
    for source in status.iter().take(SOURCES_NAMED) {
        let state = match &source.state {
            State::Reading { offset, size } => format!("resume at {offset} of {size} bytes"),
            State::Blind { reason, .. } => format!("unreadable: {reason}"),
        };
        let _ = writeln!(text, "  {}  {state}", source.path.display()); // a String takes every byte
    }
    if status.len() > SOURCES_NAMED {
        let more = status.len() - SOURCES_NAMED;
        let _ = writeln!(text, "  and {more} more: `breachd ctl status` has them"); // as above
    }
    text.truncate(text.trim_end().len());
    text
}

/// What a person sees after `watch --once`: the drafts, their mails, and how to look at them.
fn summary(store: &Store, settings: &Settings, global: &Global) -> Result<String, Failure> {
    let zone = settings.org.timezone;
    let words = words(global);
    let listed = store.list()?;
    let cases: Vec<_> =
        listed.iter().map(|listed| &listed.draft).filter(|draft| draft.case.is_some()).collect();
    if cases.is_empty() {
        return Ok(match words {
            Words::Chinese => "沒有個資事件草稿。\n".to_owned(),
            Words::English => "no draft incidents.\n".to_owned(),
        });
    }
    let once = cases.iter().map(|draft| {
        let mut draft = (*draft).clone();
        draft.duties.clear(); // their clocks start with every fresh run; the table is the same each time
        draft
    });
    let once: Vec<_> = once.collect();
    let mut text = report::list_table(once.iter(), zone, words);
    if settings.mail.transport == Transport::None {
        text.push_str("\nmails (open them with any mail program):\n");
        for path in mails(settings)? {
            let _ = writeln!(text, "  {path}"); // a String takes every byte
        }
    }
    let number = cases[0].case.as_deref().unwrap_or_default();
    let config = global.config_path().display();
    // As it was started: from a build folder no `breachd` is on the path.
    let program = std::env::args().next().unwrap_or_else(|| "breachd".to_owned());
    let _ = writeln!(text, "\nlook at one:\n  {program} -c {config} incident show {number}");
    Ok(text)
}

fn mails(settings: &Settings) -> Result<Vec<String>, Failure> {
    let folder = settings.mail.spool_dir.join("new");
    let fault = |error: std::io::Error| Failure {
        code: super::FAILED,
        text: format!("{}: {error}", folder.display()),
    };
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(&folder).map_err(fault)? {
        let path = entry.map_err(fault)?.path();
        if path.extension().is_some_and(|extension| extension == "eml") {
            paths.push(path.display().to_string());
        }
    }
    paths.sort();
    Ok(paths)
}
