//! The mailer against a small relay that answers as it is told to.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::{Envelope, Error, Pace, Receipt, Smtp, Spool, Told, run};

/// What the relay answers on each connection, in turn; the last one stands for all further ones.
#[derive(Clone, Copy)]
enum Mood {
    Accept,
    /// This reply to every RCPT of an address that begins with the word.
    Refuse(&'static str, &'static str),
    /// This reply to the end of the data.
    AtData(&'static str),
    /// This greeting.
    Greet(&'static str),
    /// Accepts the connection and says nothing.
    Silent,
}

/// Recipients and text of the mails that the relay has taken.
type Taken = Arc<Mutex<Vec<(Vec<String>, String)>>>;

/// A relay on a port of its own. Its thread ends with the test program.
fn relay(moods: Vec<Mood>) -> (u16, Taken) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("binds");
    let port = listener.local_addr().expect("bound").port();
    let taken = Taken::default();
    let store = Arc::clone(&taken);
    std::thread::spawn(move || {
        for (at, stream) in listener.incoming().enumerate() {
            let mood = moods[at.min(moods.len() - 1)];
            // A client that leaves early is what some of the tests are about.
            let _ = talk(stream.expect("accepts"), mood, &store);
        }
    });
    (port, taken)
}

fn talk(mut stream: TcpStream, mood: Mood, store: &Taken) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    match mood {
        Mood::Silent => {
            std::thread::sleep(Duration::from_millis(1100));
            return Ok(());
        }
        Mood::Greet(greeting) => return write!(stream, "{greeting}\r\n"),
        _ => write!(stream, "220 relay\r\n")?,
    }
    let mut to = Vec::new();
    while let Some(line) = lines.next().transpose()? {
        let reply = match (line.get(..4).unwrap_or_default(), mood) {
            ("RCPT", Mood::Refuse(who, reply)) if line.starts_with(&format!("RCPT TO:<{who}")) => reply,
            ("RCPT", _) => {
                to.push(line["RCPT TO:<".len()..].trim_end_matches('>').to_owned());
                "250 ok"
            }
            ("DATA", _) => {
                write!(stream, "354 go on\r\n")?;
                let text: Vec<_> =
                    lines.by_ref().map_while(Result::ok).take_while(|line| line != ".").collect();
                if let Mood::AtData(reply) = mood {
                    reply
                } else {
                    store.lock().expect("no panic").push((std::mem::take(&mut to), text.join("\n")));
                    "250 2.0.0 queued as 4XyZ"
                }
            }
            ("QUIT", _) => return write!(stream, "221 bye\r\n"),
            _ => "250 relay",
        };
        write!(stream, "{reply}\r\n")?;
    }
    Ok(())
}

const MAIL: &[u8] = b"Message-ID: <BD-2026-000017.r0@agency.gov.tw>\r\n\r\nx\r\n.y\r\n";

/// Runs a mailer over one mail for two people until it is done or `turns` tries have been told.
fn send(dir: &std::path::Path, port: u16, turns: usize) -> (Spool, Vec<String>) {
    let spool = Spool::open(dir).expect("opens");
    let to =
        ["privacy@agency.gov.tw", "head@agency.gov.tw", "privacy@agency.gov.tw"].map(str::to_owned).to_vec();
    let envelope = Envelope { from: "breachd@agency.gov.tw".to_owned(), to };
    spool.put("BD-2026-000017.r0", &envelope, MAIL).expect("puts");
    let pace = Pace {
        first: Duration::from_millis(5),
        most: Duration::from_millis(20),
        look: Duration::from_millis(5),
        ..Pace::default()
    };
    let stop = AtomicBool::new(false);
    let (_waker, wake) = mpsc::channel();
    let mut channel = Smtp { timeout: Duration::from_secs(1), ..Smtp::new("127.0.0.1", port) };
    let mut told = Vec::new();
    run(&spool, &mut channel, pace, &stop, &wake, &mut |what| {
        let done = matches!(what, Told::Sent(_) | Told::Failed(_));
        told.push(match what {
            Told::Waits { error, .. } => format!("waits {}", error.map_or(String::new(), Error::to_string)),
            Told::Sent(_) => "sent".to_owned(),
            Told::Failed(_) => "failed".to_owned(),
            Told::Spool(error) => error.to_string(),
            Told::Looked { .. } => return,
        });
        stop.store(done || told.len() == turns, Ordering::Relaxed);
    });
    (spool, told)
}

fn receipt(spool: &Spool) -> Receipt {
    let mut receipts = spool.receipts().expect("lists");
    assert_eq!(receipts.len(), 1);
    receipts.remove(0).expect("reads")
}

#[test]
fn a_mail_arrives_whole_for_everybody() {
    let dir = tempfile::tempdir().expect("a folder");
    let (port, taken) = relay(vec![Mood::Accept]);
    let (spool, told) = send(dir.path(), port, 9);
    assert_eq!(told, ["sent"]);
    let taken = taken.lock().expect("no panic");
    assert_eq!(taken.len(), 1);
    assert_eq!(taken[0].0, ["privacy@agency.gov.tw", "head@agency.gov.tw"]);
    assert!(
        taken[0].1.starts_with("Message-ID: <BD-2026-000017.r0@agency.gov.tw>\n\nx\n..y"),
        "{:?}",
        taken[0].1
    );
    let receipt = receipt(&spool);
    assert!(receipt.recipients.iter().all(|one| one.ok && one.reply == "250 2.0.0 queued as 4XyZ"));
    assert!(spool.list_new().expect("lists").is_empty());
}

#[test]
fn a_mail_put_off_arrives_later_with_the_same_bytes() {
    let dir = tempfile::tempdir().expect("a folder");
    let moods = [
        Mood::Greet("421 4.3.2 closing"),
        Mood::Greet("554 no service"),
        Mood::AtData("451 4.3.0 try later"),
        Mood::Silent,
        Mood::Accept,
    ];
    let (port, taken) = relay(moods.to_vec());
    let (spool, told) = send(dir.path(), port, 20);
    assert_eq!(told.len(), 5, "{told:?}");
    assert_eq!(told[4], "sent");
    let taken = taken.lock().expect("no panic");
    assert_eq!(taken.len(), 1);
    assert!(taken[0].1.contains("<BD-2026-000017.r0@agency.gov.tw>"));
    assert!(receipt(&spool).is_sent());
}

#[test]
fn a_recipient_refused_for_good_does_not_keep_the_mail_from_the_others() {
    let dir = tempfile::tempdir().expect("a folder");
    let (port, taken) = relay(vec![Mood::Refuse("head", "550 5.1.1 no such user")]);
    let (spool, told) = send(dir.path(), port, 9);
    assert_eq!(told, ["sent"]);
    assert_eq!(taken.lock().expect("no panic")[0].0, ["privacy@agency.gov.tw"]);
    let receipt = receipt(&spool);
    let head = receipt.recipients.iter().find(|one| one.address.starts_with("head")).expect("in the receipt");
    assert!(!head.ok && head.permanent && head.reply.contains("550"), "{head:?}");
}

#[test]
fn a_recipient_put_off_gets_it_later_and_the_others_once() {
    let dir = tempfile::tempdir().expect("a folder");
    let (port, taken) = relay(vec![Mood::Refuse("head", "450 4.2.1 busy"), Mood::Accept]);
    let (spool, told) = send(dir.path(), port, 9);
    assert_eq!(told, ["waits ", "sent"]);
    let to: Vec<_> = taken.lock().expect("no panic").iter().map(|mail| mail.0.join(",")).collect();
    assert_eq!(to, ["privacy@agency.gov.tw", "head@agency.gov.tw"]);
    assert!(receipt(&spool).recipients.iter().all(|one| one.ok));
}

#[test]
fn a_mail_refused_for_everybody_fails_with_a_receipt_and_is_kept() {
    let dir = tempfile::tempdir().expect("a folder");
    let (port, _) = relay(vec![Mood::AtData("554 5.7.1 refused")]);
    let (spool, told) = send(dir.path(), port, 9);
    assert_eq!(told, ["failed"]);
    assert!(!receipt(&spool).is_sent());
    assert_eq!(std::fs::read(dir.path().join("done/BD-2026-000017.r0.eml")).expect("kept"), MAIL);
}

#[test]
fn nothing_is_lost_while_nobody_listens() {
    let dir = tempfile::tempdir().expect("a folder");
    let closed = TcpListener::bind("127.0.0.1:0").expect("binds").local_addr().expect("bound").port();
    let (spool, told) = send(dir.path(), closed, 3);
    assert!(
        told.len() == 3 && told.iter().all(|what| what.starts_with("waits hand mail to the relay")),
        "{told:?}"
    );
    assert_eq!(spool.list_new().expect("lists"), ["BD-2026-000017.r0"]);
    let (port, taken) = relay(vec![Mood::Accept]);
    let (_, told) = send(dir.path(), port, 9);
    assert_eq!((told.len(), taken.lock().expect("no panic").len()), (1, 1), "another mailer finds it");
}

#[test]
fn a_mail_without_its_envelope_waits_for_a_person() {
    let dir = tempfile::tempdir().expect("a folder");
    let spool = Spool::open(dir.path()).expect("opens");
    spool.put("a", &Envelope { from: "x".to_owned(), to: vec!["y".to_owned()] }, MAIL).expect("puts");
    std::fs::remove_file(dir.path().join("new/a.json")).expect("removes");
    let (port, _) = relay(vec![Mood::Accept]);
    let (spool, _) = send(dir.path(), port, 3);
    assert!(spool.list_new().expect("lists").contains(&"a".to_owned()));
}

#[test]
fn a_mailer_told_to_stop_stops_soon() {
    let dir = tempfile::tempdir().expect("a folder");
    let spool = Spool::open(dir.path()).expect("opens");
    let stop = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&stop);
    let (_waker, wake) = mpsc::channel();
    let pace = Pace { look: Duration::from_mins(1), ..Pace::default() };
    let mailer = std::thread::spawn(move || {
        run(&spool, &mut Smtp::new("127.0.0.1", 9), pace, &flag, &wake, &mut |_| {});
    });
    let started = Instant::now();
    stop.store(true, Ordering::Relaxed);
    mailer.join().expect("no panic");
    assert!(started.elapsed() < Duration::from_secs(5));
}
