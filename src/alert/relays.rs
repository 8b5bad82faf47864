//! Several relays, and what is left when none of them takes a mail that cannot wait.
//!
//! Every try asks the relays in their order, each for the recipients that those before it did not take. A recipient is
//! refused for good when every relay has refused it for good.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::clean::clean;
use super::{Channel, Delivery, Error};

/// How often a program is looked at that has not ended.
const LOOK: Duration = Duration::from_millis(20);

/// The ways by which a mail leaves.
pub struct Relays {
    /// The relays; the first one is asked first.
    pub relays: Vec<Box<dyn Channel + Send>>,
    /// What takes an urgent mail that no relay takes.
    pub program: Option<Program>,
}

impl Channel for Relays {
    fn deliver(&mut self, from: &str, to: &[String], message: &[u8]) -> Result<Vec<Delivery>, Error> {
        let mut words: Vec<Option<Delivery>> = vec![None; to.len()];
        let (mut last, mut has_answer) = (None, false);
        for relay in &mut self.relays {
            let is_open = |word: &Option<Delivery>| word.as_ref().is_none_or(|word| !word.ok);
            let open: Vec<usize> = (0..to.len()).filter(|at| is_open(&words[*at])).collect();
            if open.is_empty() {
                break;
            }
            let asked: Vec<String> = open.iter().map(|at| to[*at].clone()).collect();
            match relay.deliver(from, &asked, message) {
                Ok(said) => {
                    has_answer = true;
                    open.into_iter().zip(said).for_each(|(at, said)| merge(&mut words[at], said));
                }
                Err(error) => {
                    let said = |address: &String| Delivery {
                        address: address.clone(),
                        reply: error.to_string(),
                        ok: false,
                        permanent: false,
                    };
                    open.into_iter()
                        .zip(&asked)
                        .for_each(|(at, address)| merge(&mut words[at], said(address)));
                    last = Some(error);
                }
            }
        }
        match last {
            // No relay has said anything: that is the relays' fault, and said as such.
            Some(error) if !has_answer => Err(error),
            _ => Ok(words.into_iter().flatten().collect()),
        }
    }

    fn last_resort(
        &mut self,
        from: &str,
        to: &[String],
        message: &[u8],
    ) -> Option<Result<Vec<Delivery>, Error>> {
        self.program.as_ref().map(|program| program.hand_over(from, to, message))
    }
}

/// Of two words about a recipient: taken is taken, and what one relay may still take is not refused.
fn merge(word: &mut Option<Delivery>, said: Delivery) {
    match word {
        Some(before) if !said.ok && before.is_open() => {}
        _ => *word = Some(said),
    }
}

/// A program of the site's own that takes a mail as sendmail(8) does: `PROGRAM -i -f FROM -- TO…`, the mail on its
/// standard input; 0 is taken. No shell is in between, and all addresses are those of the configuration.
#[derive(Clone, Debug)]
pub struct Program {
    /// The program.
    pub path: PathBuf,
    /// How long it may take; then it is ended.
    pub timeout: Duration,
}

impl Program {
    fn hand_over(&self, from: &str, to: &[String], message: &[u8]) -> Result<Vec<Delivery>, Error> {
        let fault =
            |what: String| Error::Later { relay: self.path.display().to_string(), step: "last resort", what };
        let mut child = Command::new(&self.path)
            .args(["-i", "-f", from, "--"])
            .args(to)
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| fault(error.to_string()))?;
        let mut input = child.stdin.take().expect("it was asked for");
        let message = message.to_vec();
        // A program that does not read must not keep us: the pipe breaks when it is ended.
        let writer = std::thread::spawn(move || input.write_all(&message));
        let ended = self.wait(&mut child);
        let written = writer.join().map_err(|_| fault("the mail could not be handed over".to_owned()))?;
        match ended {
            Some(0) if written.is_ok() => Ok(to
                .iter()
                .map(|address| Delivery {
                    address: address.clone(),
                    reply: clean(&format!("taken by {}", self.path.display())),
                    ok: true,
                    permanent: false,
                })
                .collect()),
            Some(code) => Err(fault(format!("it ended with {code}"))),
            None => Err(fault(format!("it was ended after {:?}, or by a signal", self.timeout))),
        }
    }

    fn wait(&self, child: &mut Child) -> Option<i32> {
        let end = Instant::now() + self.timeout;
        loop {
            match child.try_wait() {
                Ok(Some(status)) => return status.code(),
                Ok(None) if Instant::now() < end => std::thread::sleep(LOOK),
                _ => {
                    // It may have ended in this very moment; then there is nothing left to end.
                    let _ = child.kill();
                    let _ = child.wait();
                    return None;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A relay that says this of every recipient: `o`k, `l`ater, `n`ever; nothing is no relay.
    struct Says(&'static str);

    impl Channel for Says {
        fn deliver(&mut self, _: &str, to: &[String], _: &[u8]) -> Result<Vec<Delivery>, Error> {
            if self.0.is_empty() {
                return Err(Error::Later {
                    relay: "x".to_owned(),
                    step: "connection",
                    what: "refused".to_owned(),
                });
            }
            let word = |(address, word): (&String, char)| Delivery {
                address: address.clone(),
                reply: String::new(),
                ok: word == 'o',
                permanent: word == 'n',
            };
            Ok(to.iter().zip(self.0.chars()).map(word).collect())
        }
    }

    fn check(relays: [&'static str; 2], expected: &str) {
        let relays = relays.map(|says| Box::new(Says(says)) as Box<dyn Channel + Send>).into();
        let to = ["a", "b", "c"].map(str::to_owned);
        let said = Relays { relays, program: None }.deliver("x", &to, b"");
        let words = said.map(|said| {
            said.iter()
                .map(|word| {
                    if word.ok {
                        'o'
                    } else if word.permanent {
                        'n'
                    } else {
                        'l'
                    }
                })
                .collect::<String>()
        });
        assert_eq!(words.unwrap_or_default(), expected);
    }

    #[test]
    fn each_recipient_is_asked_for_until_a_relay_takes_it() {
        check(["ooo", ""], "ooo");
        check(["", "ooo"], "ooo");
        check(["oln", "oo"], "ooo");
        check(["nnn", "nnn"], "nnn");
        check(["nln", "lnn"], "lln");
        check(["nnn", ""], "lll");
        check(["", ""], "");
    }

    #[test]
    fn a_program_takes_a_mail_or_not_within_its_time() {
        let dir = tempfile::tempdir().expect("a folder");
        let program = |name: &str, text: &str| {
            use std::os::unix::fs::PermissionsExt;
            let path = dir.path().join(name);
            std::fs::write(&path, format!("#!/bin/sh\n{text}\n")).expect("written");
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o700)).expect("its own");
            Program { path, timeout: Duration::from_millis(500) }
        };
        let to = ["a@b.tw".to_owned(), "$(x)@b.tw".to_owned()];
        let taken = dir.path().join("taken");
        let good = program("good", &format!("echo \"$*\" > {0}; cat >> {0}", taken.display()));
        let said = good.hand_over("us@b.tw", &to, b"Subject: x\r\n").expect("taken");
        assert!(said.len() == 2 && said.iter().all(|word| word.ok));
        let read = std::fs::read_to_string(&taken).expect("written");
        assert_eq!(read, "-i -f us@b.tw -- a@b.tw $(x)@b.tw\nSubject: x\r\n");
        assert!(program("bad", "cat > /dev/null; exit 75").hand_over("us@b.tw", &to, b"x").is_err());
        let long = vec![b'x'; 1 << 20];
        assert!(program("deaf", "exec sleep 60").hand_over("us@b.tw", &to, &long).is_err(), "ended in time");
    }
}
