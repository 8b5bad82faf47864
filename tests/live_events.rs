//! What is done through real servers is the one right event, live and by a replay: mail that is accepted, bounced, put
//! off and given back by filters; downloads and what only resembles them; one stream of syslog with three prefixes. The
//! scenarios are in tests/live/events.py.

#![allow(missing_docs, reason = "a test binary")]

mod support;

use std::time::Duration;

use support::servers;

/// A scenario takes four to ten seconds on an idle machine.
const MOST: Duration = Duration::from_mins(2);

#[test]
fn a_mail_to_three_through_postfix_and_its_filters_is_one_event() {
    check("postfix");
}

#[test]
fn only_what_nginx_has_delivered_is_a_download() {
    check("nginx");
}

#[test]
fn downloads_and_deletions_by_ftp_are_told_by_both_logs_of_vsftpd() {
    check("vsftpd");
}

#[test]
fn a_mail_and_a_session_of_sftp_are_the_same_with_three_prefixes_and_with_all_of_them() {
    check("syslog");
}

fn check(scenario: &str) {
    servers::scenario("events.py", &[], scenario, MOST);
}
