//! Every log of ours, the format that has to read it, and the Python reader that says what stands in it.

use super::cases::{check, root, samples};

/// A log of the repository.
pub(crate) struct Log {
    /// The file.
    pub(crate) file: &'static str,
    /// The format.
    pub(crate) format: &'static str,
    /// `tests/expect/log_READER.py`.
    pub(crate) reader: &'static str,
    /// Whether its events span lines, so that `tests/expect/events.py` folds its rows.
    pub(crate) spans: bool,
}

const fn log(file: &'static str, format: &'static str, reader: &'static str) -> Log {
    Log { file, format, reader, spans: false }
}

/// One whose events span lines.
const fn spanning(file: &'static str, format: &'static str, reader: &'static str) -> Log {
    Log { file, format, reader, spans: true }
}

/// All of them: those that servers wrote for us (`generated` of each family in `BREACHD_SAMPLES`), and those written after their manuals.
pub(crate) const LOGS: [Log; 51] = [
    spanning("tests/logs/postfix-short-ids.log", "postfix", "postfix"),
    spanning("tests/logs/postfix-long-ids-reinjected.log", "postfix", "postfix"),
    spanning("tests/servers/exim-main.log", "exim", "exim"),
    log("tests/servers/exim-reject.log", "exim", "exim"),
    spanning("tests/servers/opensmtpd-debug.log", "opensmtpd-debug", "opensmtpd"),
    spanning("tests/servers/opensmtpd-syslog.log", "opensmtpd", "opensmtpd"),
    spanning("tests/servers/amavis.log", "amavis", "amavis"),
    spanning("tests/servers/exchange.log", "exchange", "exchange"),
    log("tests/logs/nginx-combined.log", "nginx", "clf"),
    log("tests/logs/nginx-main.log", "nginx", "clf"),
    log("tests/logs/nginx-vhosts.log", "nginx", "clf"),
    log("tests/servers/nginx-error.log", "nginx-error", "nginx_error"),
    log("tests/servers/nginx.json.log", "nginx-json", "nginx_json"),
    log("tests/servers/nginx-names.json.log", "nginx-json", "nginx_json"),
    log("tests/logs/apache-combined.log", "apache", "clf"),
    log("tests/logs/apache-common.log", "apache", "clf"),
    log("tests/logs/apache-short.log", "apache", "clf"),
    log("tests/logs/apache-vhosts.log", "apache", "clf"),
    log("tests/servers/apache-error.log", "apache-error", "apache_error"),
    log("tests/servers/iis.log", "iis", "iis"),
    log("tests/servers/caddy.log", "caddy", "caddy"),
    log("tests/servers/haproxy.log", "haproxy", "haproxy"),
    log("tests/servers/confluence.log", "confluence", "confluence"),
    log("tests/servers/vsftpd.log", "vsftpd", "vsftpd"),
    log("tests/servers/xferlog-vsftpd.log", "xferlog", "xferlog"),
    log("tests/servers/xferlog-proftpd.log", "xferlog", "xferlog"),
    log("tests/servers/xferlog-pure-ftpd.log", "xferlog", "xferlog"),
    log("tests/servers/proftpd-default.log", "proftpd", "proftpd"),
    log("tests/servers/proftpd-full.log", "proftpd", "proftpd"),
    log("tests/servers/proftpd-system.log", "proftpd-system", "proftpd_system"),
    log("tests/servers/pure-ftpd-traditional.log", "pure-ftpd", "pure_ftpd"),
    log("tests/servers/pure-ftpd-rfc3339.log", "pure-ftpd", "pure_ftpd"),
    log("tests/servers/pure-ftpd-rfc5424.log", "pure-ftpd", "pure_ftpd"),
    spanning("tests/servers/sftp-traditional.log", "openssh-sftp", "sftp"),
    spanning("tests/servers/sftp-rfc3339.log", "openssh-sftp", "sftp"),
    spanning("tests/servers/sftp-rfc5424.log", "openssh-sftp", "sftp"),
    log("tests/servers/samba-traditional.log", "samba", "samba"),
    log("tests/servers/samba-rfc3339.log", "samba", "samba"),
    log("tests/servers/samba-rfc5424.log", "samba", "samba"),
    log("tests/servers/nextcloud-audit.log", "nextcloud", "nextcloud"),
    spanning("tests/logs/syslog-traditional.log", "syslog", "syslog"),
    spanning("tests/logs/syslog-rfc3339.log", "syslog", "syslog"),
    spanning("tests/logs/syslog-rfc5424.log", "syslog", "syslog"),
    log("tests/servers/postgresql.csv", "postgresql-csv", "postgresql_csv"),
    log("tests/servers/postgresql.json", "postgresql-json", "postgresql_json"),
    log("tests/servers/postgresql.log", "postgresql-stderr", "postgresql_stderr"),
    log("tests/servers/events.cef.log", "cef", "cef"),
    log("tests/servers/events.leef.log", "leef", "leef"),
    log("tests/servers/application.json.log", "json", "json"),
    log("tests/servers/application.logfmt.log", "logfmt", "logfmt"),
    log("tests/servers/application.log", "key-value", "key_value"),
];

/// Checks the logs of some formats; every log is in one of the tests below.
fn check_all(formats: &[&str]) {
    let logs: Vec<&Log> = LOGS.iter().filter(|log| formats.contains(&log.format)).collect();
    assert!(!logs.is_empty(), "{formats:?}");
    logs.into_iter().for_each(check);
}

const MAIL: &[&str] = &["postfix", "exim", "opensmtpd", "opensmtpd-debug", "amavis", "exchange"];
const WEB: &[&str] = &["nginx", "nginx-json", "nginx-error", "apache", "apache-error", "iis"];
const PROXIES: &[&str] = &["caddy", "haproxy", "confluence"];
const FTP: &[&str] = &["vsftpd", "xferlog", "proftpd", "proftpd-system", "pure-ftpd"];
const FILES: &[&str] = &["openssh-sftp", "samba", "nextcloud", "syslog"];
const DATABASES: &[&str] = &["postgresql-csv", "postgresql-json", "postgresql-stderr"];
const APPLICATIONS: &[&str] = &["json", "logfmt", "key-value"];
const EVENTS: &[&str] = &["cef", "leef"];
/// Logs that are read by their server's own format string (`log_strings`).
const STRINGS: [&str; 2] = ["tests/servers/apache-own.log", "tests/servers/nginx-own.log"];

#[test]
fn mail_that_was_sent_is_read() {
    check_all(MAIL);
}

#[test]
fn what_web_servers_answered_is_read() {
    check_all(WEB);
    check_all(PROXIES);
}

#[test]
fn files_that_were_fetched_are_read() {
    check_all(FTP);
    check_all(FILES);
}

#[test]
fn what_databases_and_applications_exported_is_read() {
    check_all(DATABASES);
    check_all(APPLICATIONS);
    check_all(EVENTS);
}

#[test]
fn every_log_is_checked_by_one_of_the_tests() {
    let checked = [MAIL, WEB, PROXIES, FTP, FILES, DATABASES, APPLICATIONS, EVENTS].concat();
    let mut here: Vec<String> = Vec::new();
    for folder in ["tests/logs", "tests/servers"] {
        let files = std::fs::read_dir(root(folder)).expect("a folder of logs");
        here.extend(files.map(|file| format!("{folder}/{}", file.expect("a log").file_name().display())));
    }
    here.sort();
    let mut known: Vec<&str> = LOGS.iter().map(|log| log.file).chain(STRINGS).collect();
    known.sort_unstable();
    assert_eq!(here, known, "logs that lie here, and logs that are checked");
    assert!(LOGS.iter().all(|log| checked.contains(&log.format)));
}

/// What servers wrote for us is no part of the repository: each of its logs is one of ours, or a part of one.
#[test]
#[ignore = "needs logs of other servers: BREACHD_SAMPLES=FOLDER"]
fn every_generated_sample_is_one_of_the_logs() {
    let ours: Vec<Vec<u8>> = LOGS.iter().map(|log| std::fs::read(root(log.file)).expect("a log")).collect();
    let mut compared = 0;
    for family in std::fs::read_dir(samples()).expect("a folder of families") {
        let Ok(files) = std::fs::read_dir(family.expect("a folder").path().join("generated")) else {
            continue;
        };
        for file in files {
            let path = file.expect("a sample").path();
            let sample = std::fs::read(&path).expect("a sample");
            let is_covered = ours.iter().any(|log| memchr::memmem::find(log, &sample).is_some());
            assert!(is_covered, "{} is no log of ours: copy it, and add it to the table", path.display());
            compared += 1;
        }
    }
    assert!(compared >= 36, "{compared} samples of ours, where there were 36");
}
