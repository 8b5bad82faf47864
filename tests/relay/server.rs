//! A relay that does what a case asks for: SMTP with STARTTLS and AUTH, on a port of its own.

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

pub const USER: &str = "breachd";
pub const PASSWORD: &str = "only a test";

/// How long a fault lasts that lasts: longer than any limit of the tests, and not for ever.
const LONG: Duration = Duration::from_secs(20);

/// Where a case goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    Greeting,
    Ehlo,
    StartTls,
    Auth,
    Mail,
    Rcpt,
    Data,
    End,
    Quit,
}

impl Verb {
    pub const ALL: [Self; 9] = [
        Self::Greeting,
        Self::Ehlo,
        Self::StartTls,
        Self::Auth,
        Self::Mail,
        Self::Rcpt,
        Self::Data,
        Self::End,
        Self::Quit,
    ];
}

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing is said.
    Hang,
    /// 451.
    Later,
    /// 554.
    Never,
    /// The connection is closed.
    Cut,
    /// A reply without an end, a byte every 50 ms.
    Drip,
    /// Bytes that are no reply.
    Garbage,
    /// Nobody listens.
    Refuse,
    /// STARTTLS is not offered.
    Stripped,
    /// TLS is agreed on and never begun.
    NoHandshake,
    /// The connection is closed within the data.
    CutWithin,
    /// The mail is taken, and the connection reset before that is said.
    TakenThenReset,
    /// Lines end with a bare LF for it, those of the data too.
    BareLf,
    /// With the reply another one comes, that nobody has asked for.
    Injected,
}

/// A mail that was taken.
#[derive(Clone, Debug)]
pub struct Taken {
    pub to: Vec<String>,
    pub bytes: Vec<u8>,
}

/// A relay. Its thread ends with the test program.
pub struct Server {
    pub port: u16,
    state: Arc<State>,
}

struct State {
    case: Option<(Verb, Fault)>,
    /// Connections that go wrong; the rest is well.
    faulty: usize,
    is_implicit: bool,
    connections: AtomicUsize,
    taken: Mutex<Vec<Taken>>,
    /// Mails from another sender than ours: smuggled ones.
    strangers: AtomicUsize,
    tls: Arc<ServerConfig>,
}

trait Stream: Read + Write {}
impl<T: Read + Write> Stream for T {}

impl Server {
    pub fn start(case: Option<(Verb, Fault)>, faulty: usize) -> Self {
        Self::of(case, faulty, false)
    }

    /// TLS from the first byte.
    pub fn implicit() -> Self {
        Self::of(None, 0, true)
    }

    fn of(case: Option<(Verb, Fault)>, faulty: usize, is_implicit: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("binds");
        let port = listener.local_addr().expect("bound").port();
        let state = Arc::new(State {
            case,
            faulty,
            is_implicit,
            connections: AtomicUsize::new(0),
            taken: Mutex::default(),
            strangers: AtomicUsize::new(0),
            tls: tls(),
        });
        let shared = Arc::clone(&state);
        let refuses = case.is_some_and(|(_, fault)| fault == Fault::Refuse);
        std::thread::spawn(move || {
            let mut listener = listener;
            if refuses {
                drop(listener);
                std::thread::sleep(Duration::from_millis(300));
                listener = TcpListener::bind(("127.0.0.1", port)).expect("its port is still its own");
            }
            for stream in listener.incoming() {
                let (stream, state) = (stream.expect("accepts"), Arc::clone(&shared));
                // A client that leaves early is what many cases are about.
                std::thread::spawn(move || drop(state.serve(stream)));
            }
        });
        Self { port, state }
    }

    pub fn taken(&self) -> Vec<Taken> {
        self.state.taken.lock().expect("no panic").clone()
    }

    pub fn strangers(&self) -> usize {
        self.state.strangers.load(Ordering::SeqCst)
    }
}

fn tls() -> Arc<ServerConfig> {
    let file = |name: &str| format!("{}/tests/relay/{name}", env!("CARGO_MANIFEST_DIR"));
    let certificate = CertificateDer::from_pem_file(file("cert.pem")).expect("a certificate");
    let key = PrivateKeyDer::from_pem_file(file("key.pem")).expect("a key");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("TLS 1.2 and 1.3")
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key);
    Arc::new(config.expect("they belong together"))
}

/// Why a conversation ends.
fn over() -> io::Error {
    io::Error::from(io::ErrorKind::ConnectionAborted)
}

impl State {
    fn serve(&self, stream: TcpStream) -> io::Result<()> {
        let nth = self.connections.fetch_add(1, Ordering::SeqCst);
        let case = self.case.filter(|_| nth < self.faulty);
        let socket = stream.try_clone()?;
        if self.is_implicit {
            return self.talk(self.secured(stream)?, case, &socket, true);
        }
        let mut stream = stream;
        say(&mut stream, case, Verb::Greeting, "220 relay")?;
        loop {
            let line = line(&mut stream)?;
            match line.get(..4).unwrap_or_default() {
                "EHLO" => {
                    let is_stripped = case.is_some_and(|(_, fault)| fault == Fault::Stripped);
                    let said = if is_stripped { "250 relay" } else { "250-relay\r\n250 STARTTLS" };
                    say(&mut stream, case, Verb::Ehlo, said)?;
                }
                "STAR" => {
                    say(&mut stream, case, Verb::StartTls, "220 go on")?;
                    if case.is_some_and(|(_, fault)| fault == Fault::NoHandshake) {
                        std::thread::sleep(LONG);
                        return Ok(());
                    }
                    return self.talk(self.secured(stream)?, case, &socket, false);
                }
                // Nothing but this is said in clear: a mail here would be a leak.
                "QUIT" => return say(&mut stream, None, Verb::Quit, "221 bye"),
                _ => panic!("in clear: {line}"),
            }
        }
    }

    fn secured(&self, stream: TcpStream) -> io::Result<impl Stream> {
        let connection = ServerConnection::new(Arc::clone(&self.tls)).map_err(io::Error::other)?;
        Ok(StreamOwned::new(connection, stream))
    }

    fn talk(
        &self,
        mut stream: impl Stream,
        case: Option<(Verb, Fault)>,
        socket: &TcpStream,
        greets: bool,
    ) -> io::Result<()> {
        if greets {
            say(&mut stream, case, Verb::Greeting, "220 relay")?;
        }
        let is = |fault: Fault| case.is_some_and(|(_, is)| is == fault);
        let mut to = Vec::new();
        loop {
            let line = line(&mut stream)?;
            match line.get(..4).unwrap_or_default() {
                "EHLO" => say(&mut stream, None, Verb::Ehlo, "250-relay\r\n250 AUTH PLAIN LOGIN")?,
                "AUTH" => {
                    let secret = format!("\0{USER}\0{PASSWORD}");
                    let right = line.ends_with(&data_encoding::BASE64.encode(secret.as_bytes()));
                    let said = if right { "235 welcome" } else { "535 5.7.8 no" };
                    say(&mut stream, case, Verb::Auth, said)?;
                }
                "MAIL" => {
                    if !line.contains("<breachd@agency.gov.tw>") && !line.contains("<us@agency.gov.tw>") {
                        self.strangers.fetch_add(1, Ordering::SeqCst);
                    }
                    say(&mut stream, case, Verb::Mail, "250 ok")?;
                }
                "RCPT" => {
                    say(&mut stream, case, Verb::Rcpt, "250 ok")?;
                    to.push(line["RCPT TO:<".len()..].trim_end_matches('>').to_owned());
                }
                "DATA" => {
                    say(&mut stream, case, Verb::Data, "354 go on")?;
                    if matches!(case, Some((Verb::Data, Fault::Later | Fault::Never))) {
                        continue;
                    }
                    let bytes = data(&mut stream, is(Fault::CutWithin), is(Fault::BareLf))?;
                    let taken = Taken { to: std::mem::take(&mut to), bytes };
                    if is(Fault::TakenThenReset) {
                        self.taken.lock().expect("no panic").push(taken);
                        // The data that was not read makes it a reset.
                        socket.shutdown(std::net::Shutdown::Both)?;
                        return Err(over());
                    }
                    let is_faulty = matches!(case, Some((Verb::End, _)));
                    if !is_faulty {
                        self.taken.lock().expect("no panic").push(taken);
                    }
                    say(&mut stream, case, Verb::End, "250 2.0.0 queued as 4XyZ")?;
                }
                "QUIT" => return say(&mut stream, case, Verb::Quit, "221 bye"),
                _ => say(&mut stream, None, Verb::Quit, "500 what")?,
            }
        }
    }
}

/// Answers, or does what the case asks for at this verb.
fn say(stream: &mut impl Write, case: Option<(Verb, Fault)>, verb: Verb, reply: &str) -> io::Result<()> {
    let mut write = |text: &str| {
        stream.write_all(text.as_bytes())?;
        stream.flush()
    };
    match case.filter(|(at, _)| *at == verb).map(|(_, fault)| fault) {
        Some(Fault::Hang) => {
            std::thread::sleep(LONG);
            Err(over())
        }
        Some(Fault::Later) => write("451 4.3.0 not now\r\n"),
        Some(Fault::Never) => write("554 5.0.0 never\r\n"),
        Some(Fault::Cut) => Err(over()),
        Some(Fault::Drip) => {
            for _ in 0..LONG.as_millis() / 50 {
                write("2")?;
                std::thread::sleep(Duration::from_millis(50));
            }
            Err(over())
        }
        Some(Fault::Garbage) => {
            write("\u{0}\u{7f}no reply at all\r\n\r\n")?;
            Err(over())
        }
        Some(Fault::Injected) => write(&format!("{reply}\r\n250-injected\r\n250 AUTH PLAIN LOGIN\r\n")),
        _ => write(&format!("{reply}\r\n")),
    }
}

/// One line, ended by LF as a careless relay reads it.
fn line(stream: &mut impl Read) -> io::Result<String> {
    let mut line = Vec::new();
    let mut byte = [0];
    while stream.read(&mut byte)? == 1 {
        if byte[0] == b'\n' {
            let text = String::from_utf8_lossy(&line).trim_end_matches('\r').to_owned();
            return Ok(text);
        }
        line.push(byte[0]);
    }
    Err(over())
}

/// The data up to its end, without the dots that SMTP adds.
fn data(stream: &mut impl Read, is_cut: bool, takes_bare_lf: bool) -> io::Result<Vec<u8>> {
    let (mut bytes, mut byte) = (Vec::new(), [0]);
    loop {
        if stream.read(&mut byte)? == 0 {
            return Err(over());
        }
        bytes.push(byte[0]);
        if is_cut && bytes.len() > 500 {
            return Err(over());
        }
        let is_end = bytes.ends_with(b"\r\n.\r\n") || (takes_bare_lf && bytes.ends_with(b"\n.\n"));
        if is_end {
            bytes.truncate(bytes.len() - 3);
            let text = String::from_utf8_lossy(&bytes).replace("\r\n..", "\r\n.");
            return Ok(text.into_bytes());
        }
    }
}
