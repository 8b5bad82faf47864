//! Relays that go wrong, one case a fault: each mail arrives with its Message-ID, none is lost, and nobody waits for ever.
//!
//! A relay of the test's own misbehaves on its first two connections, then it is well. What a relay refuses for good goes
//! by the second one. All but the cases about it speak STARTTLS and AUTH, as a relay elsewhere does. There are 60 cases;
//! `BREACHD_RELAY_FAULTS` is how many of them, drawn by `BREACHD_SEED`, are run.

#![allow(missing_docs, unreachable_pub, reason = "a test binary")]
#![allow(clippy::print_stdout, reason = "a test says its seed and its figures")]

#[path = "relay/server.rs"]
mod server;
mod support;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use breachd::alert::{
    Channel, Delivery, Envelope, Error, Letter, Login, Pace, Protection, Receipt, Relays, Smtp, Spool,
    Templates, Told, compose, run,
};
use server::{Fault, PASSWORD, Server, USER, Verb};
use support::{Random, seed, size};

/// The limit of a transaction; a hanging one is let go of then.
const LIMIT: Duration = Duration::from_millis(800);
/// What a busy machine may add to it: TLS in a debug build, other tests.
const SLACK: Duration = Duration::from_secs(5);
/// Cases of an everyday run.
const CASES: usize = 20;

/// A case: the fault, and at which verb.
type Case = (Verb, Fault);

/// All 60.
fn cases() -> Vec<Case> {
    use Fault::{Cut, Drip, Garbage, Hang, Later, Never};
    let mut cases: Vec<Case> = Verb::ALL
        .into_iter()
        .flat_map(|verb| [Hang, Later, Never, Cut, Drip, Garbage].map(|fault| (verb, fault)))
        .collect();
    cases.extend([
        (Verb::Greeting, Fault::Refuse),
        (Verb::StartTls, Fault::Stripped),
        (Verb::StartTls, Fault::NoHandshake),
        (Verb::Data, Fault::CutWithin),
        (Verb::End, Fault::TakenThenReset),
        (Verb::Data, Fault::BareLf),
    ]);
    cases
}

#[test]
fn there_are_sixty_cases() {
    assert_eq!(cases().len(), 60);
}

#[test]
fn whatever_a_relay_does_the_mail_arrives_once_at_least_and_nobody_waits_for_ever() {
    let number = size("BREACHD_RELAY_FAULTS", CASES);
    let mut random = Random(seed(8));
    let mut cases = cases();
    for at in (1..cases.len()).rev() {
        cases.swap(at, random.below(at + 1));
    }
    cases.truncate(number);
    // Hanging costs time, not the processor: some cases go side by side.
    let began = Instant::now();
    for several in cases.chunks(6) {
        std::thread::scope(|scope| {
            let running: Vec<_> = several.iter().map(|case| (case, scope.spawn(|| check(*case)))).collect();
            for (case, running) in running {
                assert!(running.join().is_ok(), "{case:?}");
            }
        });
    }
    println!("{} cases in {:.1?}", cases.len(), began.elapsed());
}

/// A letter whose words would end a careless relay's data, and begin another mail.
fn letter() -> (Letter, Vec<u8>) {
    let mut letter = Letter::sample();
    letter.draft.core.objects =
        vec!["x\n.\nMAIL FROM:<evil@example.com>\r\n.\r\nRCPT TO:<a@b.tw>".to_owned()];
    let mail = compose(&letter, &Templates::default(), Vec::new()).expect("composes");
    assert!(
        mail.starts_with(b"Message-ID: <BD-2026-000017"),
        "the Message-ID is part of what is compared below"
    );
    (letter, mail)
}

/// A relay whose tries are timed.
struct Timed(Relays, Vec<Duration>);

impl Channel for Timed {
    fn deliver(&mut self, from: &str, to: &[String], message: &[u8]) -> Result<Vec<Delivery>, Error> {
        let began = Instant::now();
        let said = self.0.deliver(from, to, message);
        self.1.push(began.elapsed());
        said
    }
}

fn smtp(server: &Server) -> Smtp {
    let login = Login { user: USER.to_owned(), password: PASSWORD.to_owned().into() };
    let ca = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/relay/ca.pem");
    Smtp {
        protection: Protection::StartTls,
        ca_file: Some(ca.into()),
        login: Some(login),
        timeout: LIMIT,
        ..Smtp::new("localhost", server.port)
    }
}

fn check(case @ (verb, fault): Case) {
    let began = Instant::now();
    let (letter, mail) = letter();
    let first = Server::start(Some(case), 2);
    let second = Server::start(None, 0);
    // What is refused for good needs another relay; everything else the same one must take in the end.
    let is_refused =
        fault == Fault::Never && matches!(verb, Verb::Mail | Verb::Rcpt | Verb::Data | Verb::End);
    let mut relays: Vec<Box<dyn Channel + Send>> = vec![Box::new(smtp(&first))];
    if is_refused {
        relays.push(Box::new(smtp(&second)));
    }
    let mut way = Timed(Relays { relays, program: None }, Vec::new());
    let dir = tempfile::tempdir().expect("a folder");
    let spool = Spool::open(dir.path()).expect("opens");
    let envelope = Envelope { from: letter.from.clone(), to: letter.to.clone() };
    spool.put(&letter.id, &envelope, &mail).expect("puts");
    let receipt = send(&spool, &mut way);
    let longest = way.1.iter().max().copied().unwrap_or_default();
    assert!(longest < LIMIT * 2 + SLACK, "{case:?}: a try took {longest:?}");
    assert!(receipt.recipients.iter().all(|one| one.ok), "{case:?}: {receipt:?}");
    assert!(spool.list_new().expect("lists").is_empty(), "{case:?}");
    let taken: Vec<server::Taken> = first.taken().into_iter().chain(second.taken()).collect();
    for address in &letter.to {
        let mine: Vec<_> = taken.iter().filter(|mail| mail.to.contains(address)).collect();
        assert!(!mine.is_empty(), "{case:?}: {address} has no mail");
        let again = matches!(fault, Fault::TakenThenReset) || verb == Verb::End || verb == Verb::Rcpt;
        assert!(mine.len() == 1 || again, "{case:?}: {address} has {} mails", mine.len());
    }
    for taken in &taken {
        let is_whole = taken.bytes.trim_ascii_end() == mail.trim_ascii_end();
        assert!(
            is_whole,
            "{case:?}: other bytes than those of the spool, {} for {}",
            taken.bytes.len(),
            mail.len()
        );
    }
    assert!(first.strangers() == 0 && second.strangers() == 0, "{case:?}: a mail that is not ours");
    println!("{case:?}: {} tries, the longest {longest:.1?}, {:.1?}", way.1.len(), began.elapsed());
}

fn send(spool: &Spool, way: &mut dyn Channel) -> Receipt {
    let quick = Duration::from_millis(10);
    let pace = Pace { first: quick, most: quick * 5, look: quick, ..Pace::default() };
    let (stop, end) = (AtomicBool::new(false), Instant::now() + Duration::from_mins(1));
    let (_waker, woken) = mpsc::channel();
    let mut receipt = None;
    run(spool, way, pace, &stop, &woken, &mut |told| {
        if let Told::Sent(done) | Told::Failed(done) = told {
            receipt = Some((*done).clone());
        }
        stop.store(receipt.is_some() || Instant::now() > end, Ordering::Relaxed);
    });
    receipt.expect("the mail has left within a minute")
}

#[test]
fn a_relay_that_nobody_vouches_for_gets_nothing() {
    let server = Server::start(None, 0);
    let stranger = Smtp { ca_file: None, ..smtp(&server) };
    let to = ["a@agency.gov.tw".to_owned()];
    let error =
        stranger.clone().deliver("us@agency.gov.tw", &to, b"x").expect_err("no authority of the system's");
    assert!(error.to_string().to_lowercase().contains("certificate"), "{error}");
    let other_name = Smtp { host: "127.0.0.2".to_owned(), ..smtp(&server) };
    assert!(
        other_name.clone().deliver("us@agency.gov.tw", &to, b"x").is_err(),
        "a name that it does not bear"
    );
    let wrong = Login { user: USER.to_owned(), password: "wrong".to_owned().into() };
    let error = Smtp { login: Some(wrong), ..smtp(&server) }.try_out().expect_err("another password");
    assert!(error.is_transient() && error.to_string().contains("AUTH"), "{error}");
    smtp(&server).try_out().expect("the right name, authority and password");
    let implicit = Server::implicit();
    let mut relay = Smtp { protection: Protection::Implicit, ..smtp(&implicit) };
    let said = relay.deliver("us@agency.gov.tw", &to, b"Subject: x\r\n\r\nx\r\n").expect("taken");
    assert!(said[0].ok && implicit.taken().len() == 1);
    assert!(server.taken().is_empty());
}

/// Replies in clear that nobody has asked for would be taken for replies from within TLS.
#[test]
fn what_is_said_in_clear_beyond_a_reply_ends_the_conversation() {
    let to = ["a@agency.gov.tw".to_owned()];
    for verb in [Verb::Greeting, Verb::Ehlo, Verb::StartTls] {
        let server = Server::start(Some((verb, Fault::Injected)), 1);
        let error = smtp(&server).deliver("us@agency.gov.tw", &to, b"Subject: x\r\n\r\nx\r\n");
        let error = error.expect_err("more than one reply");
        assert!(
            error.is_transient() && error.to_string().contains("more than one reply"),
            "{verb:?}: {error}"
        );
        assert!(server.taken().is_empty());
        smtp(&server).try_out().expect("the next connection is well");
    }
}
