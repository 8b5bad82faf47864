//! Replies to mails, handed over as a mail server does it: with the daemon there and without it.

mod support;

use std::io::Write;
use std::process::{Output, Stdio};
use std::time::Duration;

use support::story::postfix;
use support::{Site, national_id, until};

fn site() -> Site {
    let mail = "transport = \"none\"\nreply_to = \"breachd-reply@agency.gov.tw\"";
    let site = Site::with(&[("mail.log", "")], mail, "");
    // So many people that more than one role is told.
    let message = |n: usize| {
        let (queue, person) = (format!("{:06X}", 0x00AA_AA00 + n), national_id(n));
        format!(
            "{n}s {queue} client\n{n}s {queue} subject {person}\n{n}s {queue} sent out@example.com\n{n}s {queue} removed\n"
        )
    };
    let log = postfix("2026-11-17T00:00:00Z", &(0..25).map(message).collect::<String>());
    std::fs::write(site.log("mail.log"), log).expect("a log");
    site.ok(&["watch", "--once"]);
    site
}

/// The address to which each copy of the letter is answered; every recipient has one of his own.
fn addresses(site: &Site) -> Vec<String> {
    let mails = site.mails().into_iter().map(|mail| std::fs::read_to_string(mail).expect("a mail"));
    let mails: Vec<String> = mails.collect();
    let of = |mail: &String, name: &str| {
        let line = mail.lines().find_map(|line| line.strip_prefix(name)).expect("such a field");
        line.trim().to_owned()
    };
    let ids: Vec<String> = mails.iter().map(|mail| of(mail, "Message-ID:")).collect();
    assert!(ids.windows(2).all(|pair| pair[0] == pair[1]), "copies of one letter: {ids:?}");
    let addresses: Vec<String> = mails.iter().map(|mail| of(mail, "Reply-To:")).collect();
    assert!(addresses.iter().all(|address| address.starts_with("breachd-reply+")), "{addresses:?}");
    addresses
}

fn hand_over(site: &Site, to: &str, more: &str, words: &str) -> Output {
    let mut command = site.command(&["act", "--mail"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the program starts");
    let mail = format!(
        "From: Wang <wang@agency.gov.tw>\nTo: {to}\nSubject: Re: x\n{more}Content-Type: text/plain; charset=utf-8\n\n\
         {words}\n\n> 等級　　第 1 級\n"
    );
    child.stdin.take().expect("piped").write_all(mail.as_bytes()).expect("taken");
    child.wait_with_output().expect("it ends")
}

fn check(site: &Site, to: &str, more: &str, words: &str, code: i32) -> String {
    let output = hand_over(site, to, more, words);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(code), "{said}");
    said
}

/// State and acts of the case.
fn shown(site: &Site) -> (String, String) {
    let state = site.json(&["incident", "show", "BD-2026-000001", "--json"])["state"].to_string();
    (state.replace('"', ""), site.ok(&["incident", "show", "BD-2026-000001"]))
}

#[test]
fn a_reply_acknowledges_once_and_nothing_else_can_be_done_by_mail() {
    let site = site();
    let addresses = addresses(&site);
    assert!(addresses.len() >= 2, "{addresses:?}");
    // What is no answer changes nothing, and is not sent back.
    check(&site, &addresses[0], "Auto-Submitted: auto-replied\n", "out of office", 0);
    check(&site, "breachd-reply+aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@agency.gov.tw", "", "x", 0);
    check(&site, "breachd-reply@agency.gov.tw", "", "dismiss", 0);
    assert_eq!(shown(&site).0, "draft");

    check(&site, &addresses[0], "", "收到，已聯絡當事人 0912345678", 0);
    let (state, text) = shown(&site);
    assert_eq!(state, "acknowledged");
    assert!(
        text.contains("agency.gov.tw (by mail)  reply: 收到，已聯絡當事人") && !text.contains("345678"),
        "{text}"
    );
    assert!(!text.contains("等級　　第 1 級"), "the quotation is cut off: {text}");
    let again = check(&site, &addresses[0], "", "once more", 77);
    assert!(again.contains("已回覆過一次"), "{again}");

    // A second recipient, with the daemon running: it has the store, and does it.
    let mut daemon = site.start(&[]);
    assert!(daemon.wait_for_line("ready", Duration::from_secs(30)).is_some());
    let socket = site.path("state/control.sock");
    assert!(until(Duration::from_secs(10), || socket.exists()), "a control socket");
    check(&site, &format!("\"x\" <{}>", addresses[1].to_uppercase()), "", "二線收到", 0);
    let again = check(&site, &addresses[1], "", "once more", 77);
    assert!(again.contains("已回覆過一次"), "{again}");
    let (state, text) = shown(&site);
    assert!(state == "acknowledged" && text.contains("reply: 二線收到"), "{text}");
    assert_eq!(daemon.stop(), Some(0));
}

#[test]
fn a_mail_server_is_told_to_try_again_while_the_store_cannot_be_reached() {
    let site = site();
    let address = addresses(&site).remove(0);
    let _daemon = site.start(&[("BREACHD_FAULT", "")]);
    let lock = || check_code(&site, &address);
    // The daemon is there, and its socket is not.
    let socket = site.path("state/control.sock");
    assert!(until(Duration::from_secs(30), || socket.exists()), "a control socket");
    std::fs::remove_file(&socket).expect("removed");
    assert_eq!(lock(), Some(75));
}

fn check_code(site: &Site, address: &str) -> Option<i32> {
    hand_over(site, address, "", "x").status.code()
}
