//! What the tests of the whole program share: a site with its configuration, the program run on it, and logs as
//! servers write them. Each test binary uses its part.
#![allow(dead_code, unreachable_pub, missing_docs, reason = "each test binary uses its part")]
#![allow(clippy::print_stdout, reason = "a test says its seed and its figures")]

pub mod postfix;
pub mod servers;
pub mod story;

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

/// The program under test.
pub const BREACHD: &str = env!("CARGO_BIN_EXE_breachd");

/// A subject key for all stores of a test, so that their cores can be compared where actors are masked.
pub const KEY: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

/// A small pseudo-random generator (splitmix64); tests print the seed.
#[derive(Clone, Debug)]
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `end`.
    pub fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }
}

/// The seed of this run: `BREACHD_SEED`, else `default`. Printed, so that a failure can be run again.
pub fn seed(default: u64) -> u64 {
    let seed = std::env::var("BREACHD_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(default);
    println!("seed {seed} (set BREACHD_SEED to change it)");
    seed
}

/// The size of a test: an environment variable, else the everyday figure.
pub fn size(variable: &str, everyday: usize) -> usize {
    std::env::var(variable).ok().and_then(|text| text.parse().ok()).unwrap_or(everyday)
}

/// A valid identity number: letter A, male, from a serial number below 10,000,000.
pub fn national_id(serial: usize) -> String {
    let digits = format!("1{:07}", serial % 10_000_000);
    // A is 10: its digits weigh 1 and 9, the others 8 to 1 (facts of the household registration).
    let sum: u32 = 1 + digits
        .bytes()
        .zip((1..=8).rev())
        .map(|(digit, weight)| u32::from(digit - b'0') * weight)
        .sum::<u32>();
    format!("A{digits}{}", (10 - sum % 10) % 10)
}

/// A site: a folder with a configuration, a key, logs, state and spool.
pub struct Site {
    pub dir: TempDir,
    pub config: PathBuf,
}

impl Site {
    /// Logs `log/mail.log` and whatever else `more` adds to the configuration; mails stay in the spool.
    pub fn new(more: &str) -> Self {
        Self::with(&[("mail.log", "")], "transport = \"none\"", more)
    }

    /// `sources` are file names below `log/` with further settings of each; `mail` are settings of `[mail]`.
    pub fn with(sources: &[(&str, &str)], mail: &str, more: &str) -> Self {
        let dir = tempfile::tempdir().expect("a folder for the test");
        let root = dir.path();
        std::fs::create_dir(root.join("log")).expect("a folder for logs");
        std::fs::write(root.join("key"), KEY).expect("a key");
        let root_text = root.display();
        let sources = sources
            .iter()
            .map(|(name, more)| format!("[[source]]\npath = \"{root_text}/log/{name}\"\n{more}\n"))
            .collect::<Vec<_>>()
            .concat();
        // Every case has a mail, unless a test is about what is held back.
        let storm = if more.contains("[storm]") { "" } else { "[storm]\nburst = 10000\nper_hour = 10000\n" };
        let text = format!(
            "state_dir = \"{root_text}/state\"\n[org]\nname = \"測試機關\"\ndomains = [\"agency.gov.tw\"]\n\
             [key]\nfile = \"{root_text}/key\"\n\
             [roles]\ndpo = [\"privacy@agency.gov.tw\"]\nunit-head = [\"head@agency.gov.tw\"]\n\
             exec-secretary = [\"secretary@agency.gov.tw\"]\nciso = [\"ciso@agency.gov.tw\"]\n\
             [mail]\nspool_dir = \"{root_text}/spool\"\nfrom = \"breachd@agency.gov.tw\"\n{mail}\n{storm}{sources}\n{more}\n"
        );
        let config = root.join("breachd.toml");
        std::fs::write(&config, text).expect("a configuration");
        Self { dir, config }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub fn log(&self, name: &str) -> PathBuf {
        self.path("log").join(name)
    }

    /// Writes a pack into `patterns.d`.
    pub fn pattern(&self, name: &str, text: &str) {
        let folder = self.path("patterns.d");
        std::fs::create_dir_all(&folder).expect("a folder for packs");
        std::fs::write(folder.join(name), text).expect("a pack");
    }

    /// A command line on this site.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(BREACHD);
        command
            .arg("-c")
            .arg(&self.config)
            .args(arguments)
            .env("LC_ALL", "C.UTF-8")
            .current_dir(self.dir.path());
        command
    }

    /// Runs it to its end.
    pub fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("the program starts")
    }

    /// Runs it and expects success.
    pub fn ok(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(
            output.status.success(),
            "{arguments:?}: {}\n{}",
            output.status,
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).expect("the output is UTF-8")
    }

    pub fn json(&self, arguments: &[&str]) -> Value {
        serde_json::from_str(&self.ok(arguments)).expect("the output is JSON")
    }

    /// Cores of the chains that open, as the store has them.
    pub fn cores(&self) -> Value {
        self.json(&["incident", "list", "--core"])["incidents"].clone()
    }

    /// The same from a replay of these files.
    pub fn replayed(&self, paths: &[PathBuf]) -> Value {
        let key = self.path("key");
        let mut arguments = vec!["replay", "--core", "--key", key.to_str().expect("UTF-8")];
        arguments.extend(paths.iter().map(|path| path.to_str().expect("UTF-8")));
        self.json(&arguments)["incidents"].clone()
    }

    /// Lines whose bytes the store has as read; none while it cannot say.
    pub fn lines_read(&self) -> usize {
        let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
        let store = rusqlite::Connection::open_with_flags(self.path("state/state.db"), flags);
        let read = store.and_then(|store| {
            store.query_row("SELECT sum(lines) FROM generation", [], |row| row.get::<_, i64>(0))
        });
        read.map_or(0, |lines| lines as usize)
    }

    /// Starts `watch` and waits until it is ready, or has ended.
    pub fn watch(&self, environment: &[(&str, &str)]) -> Daemon {
        let mut daemon = self.start(environment);
        daemon.wait_for_line("ready", Duration::from_secs(20));
        daemon
    }

    /// Starts `watch`.
    pub fn start(&self, environment: &[(&str, &str)]) -> Daemon {
        let mut command = self.command(&["watch"]);
        command.envs(environment.iter().copied()).stderr(Stdio::piped()).stdout(Stdio::null());
        Daemon::start(command)
    }

    /// The mails in the spool, sent or not, by their file names.
    pub fn mails(&self) -> Vec<PathBuf> {
        let mut mails = Vec::new();
        for folder in ["new", "done"] {
            let Ok(entries) = std::fs::read_dir(self.path("spool").join(folder)) else { continue };
            mails.extend(entries.map(|entry| entry.expect("listed").path()).filter(|path| ends(path, "eml")));
        }
        mails.sort();
        mails
    }
}

fn ends(path: &Path, extension: &str) -> bool {
    path.extension().is_some_and(|each| each == extension)
}

/// A running `watch`; killed when dropped.
pub struct Daemon {
    pub child: Child,
    said: std::sync::mpsc::Receiver<String>,
    heard: String,
}

impl Daemon {
    fn start(mut command: Command) -> Self {
        let mut child = command.spawn().expect("the program starts");
        let stderr = child.stderr.take().expect("piped");
        let (lines, said) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                let _ = lines.send(line); // nobody listens any more
            }
        });
        Self { child, said, heard: String::new() }
    }

    /// Everything on stderr until now, or to its end if it has ended.
    pub fn words(&mut self) -> &str {
        let patience = if self.is_running() { Duration::ZERO } else { Duration::from_secs(5) };
        while let Ok(line) = self.said.recv_timeout(patience) {
            self.hear(&line);
        }
        &self.heard
    }

    /// Whether it has not ended yet.
    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().expect("a child can be asked").is_none()
    }

    fn hear(&mut self, line: &str) {
        self.heard.push_str(line);
        self.heard.push('\n');
    }

    /// Waits for a line on stderr that holds `text`, or for the process's end.
    pub fn wait_for_line(&mut self, text: &str, most: Duration) -> Option<String> {
        let until = Instant::now() + most;
        while let Some(left) = until.checked_duration_since(Instant::now()) {
            match self.said.recv_timeout(left) {
                Ok(line) => {
                    self.hear(&line);
                    if line.contains(text) {
                        return Some(line);
                    }
                }
                Err(_) => return None,
            }
        }
        None
    }

    /// SIGKILL, as the kernel does it.
    pub fn kill(&mut self) {
        self.child.kill().expect("a child can be killed");
        self.child.wait().expect("a killed child ends");
    }

    /// SIGTERM, and the exit code.
    pub fn stop(&mut self) -> Option<i32> {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM)
            .expect("a child can be told to stop");
        self.child.wait().expect("it ends").code()
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.child.kill(); // it may have ended by itself
        let _ = self.child.wait();
    }
}

/// Waits until something holds.
pub fn until(most: Duration, mut holds: impl FnMut() -> bool) -> bool {
    let end = Instant::now() + most;
    while Instant::now() < end {
        if holds() {
            return true;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    holds()
}

/// Checks that `actual` holds everything that `expected` says: of an object the keys named, of a list every element.
pub fn holds(actual: &Value, expected: &Value, place: &str) -> Result<(), String> {
    match (actual, expected) {
        (Value::Object(actual), Value::Object(expected)) => {
            expected.iter().try_for_each(|(key, expected)| {
                let place = format!("{place}.{key}");
                holds(actual.get(key).ok_or(format!("{place} is missing"))?, expected, &place)
            })
        }
        (Value::Array(actual), Value::Array(expected)) if actual.len() == expected.len() => actual
            .iter()
            .zip(expected)
            .enumerate()
            .try_for_each(|(at, (actual, expected))| holds(actual, expected, &format!("{place}[{at}]"))),
        _ if actual == expected => Ok(()),
        _ => Err(format!("{place} is {actual:#}, expected {expected:#}")),
    }
}

/// Runs a script of `tests/expect` and returns the JSON that it prints; its complaints fail the test.
pub fn expect(script: &str, arguments: &[&Path]) -> Value {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/expect").join(script);
    let output = Command::new("python3").arg("-B").arg(&script).args(arguments).output();
    let output = output.expect("python3 is installed");
    assert!(output.status.success(), "{}: {}", script.display(), String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("the script prints JSON")
}
