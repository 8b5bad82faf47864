//! The mailer as a process of its own: a watch without a password, and what sends for it over TLS.

#![allow(missing_docs, unreachable_pub, reason = "a test binary")]

#[path = "relay/server.rs"]
#[allow(dead_code, reason = "each test binary uses its part")]
mod server;
mod support;

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use breachd::store::Store;
use server::{PASSWORD, Server, USER};
use support::{Site, until};

const SOON: Duration = Duration::from_secs(30);

/// A site whose relay demands TLS and a login.
fn site(server: &Server) -> Site {
    let ca = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/relay/ca.pem");
    let mail = format!(
        "transport = \"smtp\"\nmailer = \"process\"\nhost = \"localhost\"\nport = {}\ntls = \"starttls\"\nuser = \"{USER}\"\n\
         ca_file = \"{ca}\"\ntimeout = \"5s\"",
        server.port
    );
    let site = Site::with(&[("mail.log", "")], &mail, "");
    std::fs::create_dir(site.path("credentials")).expect("a folder");
    std::fs::write(site.path("credentials/smtp-password"), format!("{PASSWORD}\n")).expect("a password");
    std::fs::write(site.log("mail.log"), include_str!("../config/quickstart/mail.log")).expect("a log");
    site
}

fn with_password(site: &Site, arguments: &[&str]) -> Command {
    let mut command = site.command(arguments);
    command.env("CREDENTIALS_DIRECTORY", site.path("credentials"));
    command
}

struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        let _ = self.0.kill(); // it may have ended by itself
        let _ = self.0.wait();
    }
}

fn waiting(site: &Site) -> usize {
    let files = std::fs::read_dir(site.path("spool/new")).expect("a spool");
    files.flatten().filter(|file| file.path().extension().is_some_and(|ending| ending == "eml")).count()
}

#[test]
fn a_watch_without_a_password_is_sent_for_and_learns_of_it() {
    let server = Server::start(None, 0);
    let site = site(&server);
    let _daemon = site.watch(&[]);
    assert!(until(SOON, || site.path("spool/new").exists() && waiting(&site) > 0), "no mail in the spool");
    let listed = site.run(&["mail", "spool"]);
    assert_eq!(listed.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&listed.stdout).contains("BD-2026-000001.r0"), "{listed:?}");
    assert!(server.taken().is_empty(), "the watch has sent by itself");
    let mailer = with_password(&site, &["mailer"]).stderr(Stdio::null()).spawn().expect("starts");
    let mailer = Ended(mailer);
    assert!(until(SOON, || waiting(&site) == 0 && !server.taken().is_empty()), "the mailer has not sent");
    let another = with_password(&site, &["mailer"]).output().expect("starts");
    assert_eq!(another.status.code(), Some(1), "{another:?}");
    assert!(String::from_utf8_lossy(&another.stderr).contains("another mailer"), "{another:?}");
    let is_marked =
        || Store::read(&site.path("state")).and_then(|store| store.summary()).is_ok_and(|it| it.waiting == 0);
    assert!(until(SOON, is_marked), "the rows of the outbox still wait");
    assert!(site.ok(&["mail", "spool"]).contains("nothing waits"));
    drop(mailer);
}

#[test]
fn a_relay_is_tried_and_what_is_wrong_is_said() {
    let server = Server::start(None, 0);
    let site = site(&server);
    let tried = with_password(&site, &["mail", "test"]).output().expect("starts");
    let said = String::from_utf8_lossy(&tried.stdout);
    assert!(tried.status.success() && said.contains("privacy@agency.gov.tw: taken: 250"), "{tried:?}");
    assert_eq!(server.taken().len(), 1);
    let tried = site.run(&["mail", "test"]);
    assert_eq!(tried.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&tried.stdout).contains("set password_file"), "{tried:?}");
    std::fs::write(site.path("credentials/smtp-password"), "wrong").expect("a password");
    let tried = with_password(&site, &["mail", "test"]).output().expect("starts");
    let said = String::from_utf8_lossy(&tried.stdout);
    assert!(said.contains("at AUTH") && !said.contains("wrong"), "{said}");
}
