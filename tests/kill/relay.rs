//! A relay that takes every mail and remembers it.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// Listens on a port of its own until the test ends.
pub struct Relay {
    pub port: u16,
    mails: Arc<Mutex<Vec<String>>>,
}

impl Relay {
    pub fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("bound").port();
        let mails = Arc::default();
        let taken = Arc::clone(&mails);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let taken = Arc::clone(&taken);
                // A client that dies in the middle is not our failure.
                std::thread::spawn(move || talk(&stream, &taken));
            }
        });
        Self { port, mails }
    }

    /// The mails taken, by Message-ID: each text, as often as it came.
    pub fn taken(&self) -> BTreeMap<String, Vec<String>> {
        let mut taken: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for mail in self.mails.lock().expect("nobody panics with it").iter() {
            let id = mail.lines().find(|line| line.to_ascii_lowercase().starts_with("message-id:"));
            taken.entry(id.expect("a Message-ID").to_owned()).or_default().push(mail.clone());
        }
        taken
    }
}

/// One connection; a mail counts when its last line has come.
fn talk(stream: &TcpStream, taken: &Mutex<Vec<String>>) -> std::io::Result<()> {
    let mut out = stream.try_clone()?;
    out.write_all(b"220 relay\r\n")?;
    let (mut mail, mut is_data) = (String::new(), false);
    for line in BufReader::new(stream).lines() {
        let line = line?;
        let reply = match line.get(..4).unwrap_or(&line).to_ascii_uppercase().as_str() {
            _ if is_data && line != "." => {
                mail.push_str(line.strip_prefix('.').unwrap_or(&line));
                mail.push('\n');
                continue;
            }
            _ if is_data => {
                taken.lock().expect("nobody panics with it").push(std::mem::take(&mut mail));
                is_data = false;
                "250 taken\r\n"
            }
            "DATA" => {
                is_data = true;
                "354 go on\r\n"
            }
            "QUIT" => "221 bye\r\n",
            _ => "250 ok\r\n",
        };
        out.write_all(reply.as_bytes())?;
    }
    Ok(())
}
