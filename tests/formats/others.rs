//! Logs of other people's servers. They lie beside the repository, if at all: they are not ours to copy. Of a hundred
//! lines 95 must be read by their format.

use super::cases::{FORMATS, apart, read, samples};
use super::unread;

/// A log of another server.
struct Other {
    /// Below the samples.
    file: &'static str,
    format: &'static str,
    /// What syslog writes before the message, where the log holds messages alone.
    prefix: &'static str,
    /// What another program has written before each line.
    wrapper: &'static str,
}

const fn other(file: &'static str, format: &'static str) -> Other {
    Other { file, format, prefix: "", wrapper: "" }
}

const fn messages(file: &'static str, format: &'static str, prefix: &'static str) -> Other {
    Other { file, format, prefix, wrapper: "" }
}

const OTHERS: [Other; 44] = [
    messages(
        "amavis/third-party/debian+logwatch__amavis-TD-even.log",
        "amavis",
        "Nov 21 23:52:01 mx1 amavis[27078]: (27078-10) ",
    ),
    other("apache/third-party/crowdsecurity+hub__tests_apache2-logs_apache2-logs.log", "apache"),
    other("apache/third-party/log2timeline+plaso__test_data_apache_access.log", "apache"),
    other("apache/third-party/tstack+lnav__access_log.json-samples.log", "apache"),
    other("apache/third-party/tstack+lnav__test_logfile_access_log.0", "apache"),
    other("caddy/third-party/crowdsecurity+hub__tests_caddy-logs_caddy-logs.log", "caddy"),
    // As `docker compose logs` shows it.
    Other {
        file: "caddy/third-party/tstack+lnav__test_logfile_caddy_log.0",
        format: "caddy",
        prefix: "",
        wrapper: "caddy  | ",
    },
    other("exim/third-party/crowdsecurity+hub__tests_exim-logs_exim-logs.log", "exim"),
    messages(
        "haproxy/third-party/crowdsecurity+hub__tests_haproxy-logs_haproxy-logs.log",
        "haproxy",
        "Nov 21 23:52:01 lb haproxy[27078]: ",
    ),
    other("haproxy/third-party/tstack+lnav__haproxy_log.json-samples.log", "haproxy"),
    other("haproxy/third-party/tstack+lnav__test_logfile_haproxy.0", "haproxy"),
    other("iis/third-party/log2timeline+plaso__test_data_iis_iis10.log", "iis"),
    other("iis/third-party/log2timeline+plaso__test_data_iis_iis7_owa.log", "iis"),
    other("iis/third-party/tstack+lnav__test_logfile_w3c.3", "iis-advanced"),
    other("imap/third-party/crowdsecurity+hub__tests_dovecot-logs_dovecot-logs.log", "syslog"),
    other("journald/third-party/tstack+lnav__test_logfile_journald.json", "journald"),
    other("json/third-party/tstack+lnav__test_logfile_ecs_log.json", "json"),
    other("json/third-party/tstack+lnav__test_logfile_json.json", "json"),
    other("logfmt/third-party/tstack+lnav__test_logfile_logfmt.0", "logfmt"),
    other("nextcloud/third-party/tstack+lnav__test_logfile_nextcloud.0", "nextcloud"),
    other(
        "nginx/third-party/crowdsecurity+hub__tests_nginx-proxy-manager-logs_nginx-proxy-manager-logs.log",
        "nginx-proxy-manager",
    ),
    other("nginx/third-party/crowdsecurity+hub__tests_nginx_http-logs_nginx_http-logs.log", "nginx"),
    other("openssh/third-party/log2timeline+plaso__test_data_syslog_syslog_ssh.log", "openssh-sftp"),
    other("postfix/third-party/crowdsecurity+hub__tests_postfix-logs_postfix-logs.log", "postfix"),
    other("postfix/third-party/crowdsecurity+hub__tests_postfix-sasl-bf_postfix-sasl-bf.log", "postfix"),
    other("postfix/third-party/crowdsecurity+hub__tests_postfix-spam_postfix-spam.log", "postfix"),
    messages(
        "postfix/third-party/debian+logwatch__postfix-TD-even.log",
        "postfix",
        "Nov 21 23:52:01 mx1 postfix/smtpd[27078]: ",
    ),
    messages(
        "postfix/third-party/whyscream+postfix-grok-patterns__data-lines.log",
        "postfix",
        "2026-11-21T23:52:01.000001+08:00 mx1 postfix/smtp[27078]: ",
    ),
    other("postgresql/third-party/crowdsecurity+hub__tests_pgsql-logs_pgsql-logs.log", "postgresql-stderr"),
    other("postgresql/third-party/tstack+lnav__postgres_log.json-samples.log", "postgresql-stderr"),
    other("postgresql/third-party/tstack+lnav__test_logfile_postgres.0", "postgresql-stderr"),
    other("proftpd/third-party/crowdsecurity+hub__tests_proftpd-logs_proftpd-logs.log", "proftpd-system"),
    other("pure-ftpd/third-party/crowdsecurity+hub__tests_pureftpd-logs_pureftpd-logs.log", "pure-ftpd"),
    other("syslog/third-party/log2timeline+plaso__test_data_syslog_syslog_rsyslog", "syslog"),
    other(
        "syslog/third-party/log2timeline+plaso__test_data_syslog_syslog_rsyslog_SyslogProtocol23Format",
        "syslog",
    ),
    other("syslog/third-party/tstack+lnav__syslog_log.json-samples.log", "syslog"),
    other("syslog/third-party/tstack+lnav__test_logfile_syslog.0", "syslog"),
    other("syslog/third-party/tstack+lnav__test_logfile_syslog_with_mixed_times.0", "syslog"),
    other("tomcat/third-party/log2timeline+plaso__test_data_confluence_access.log", "confluence"),
    other("vsftpd/third-party/crowdsecurity+hub__tests_vsftpd-logs_vsftpd-logs.log", "vsftpd"),
    other("vsftpd/third-party/log2timeline+plaso__test_data_vsftpd.log", "vsftpd"),
    // Lines of a program's own: no prefix of syslog, whatever the folder is called.
    other("syslog/third-party/tstack+lnav__test_logfile_crlf.0", "plain"),
    other("syslog/third-party/tstack+lnav__test_logfile_invalid_utf8.0", "plain"),
    other("syslog/third-party/tstack+lnav__test_logfile_multiline.0", "plain"),
];

/// Logs for which there is no format: what becomes of them is told, and nothing is asked of it. The last is of Imperva's
/// cloud, in W3C's layout as IIS's are.
const NO_FORMAT: [&str; 7] = [
    "cloudtrail/",
    "mysql/",
    "s3-access/",
    "sftpgo/",
    "uwsgi/",
    "zimbra/",
    "iis/third-party/tstack+lnav__test_logfile_w3c.4",
];

#[test]
#[ignore = "needs logs of other servers: BREACHD_SAMPLES=FOLDER"]
#[expect(clippy::print_stdout, reason = "the figures are what it is run for")]
fn logs_of_others_are_read() {
    let samples = samples();
    let mut poor = Vec::new();
    for Other { file, format, prefix, wrapper } in OTHERS {
        let Ok(log) = std::fs::read(samples.join(file)) else {
            poor.push(format!("{file} is not there"));
            continue;
        };
        let whole = with_prefix(&log, wrapper, prefix);
        let (unknown, known) = apart(&whole, &unread::lines(file));
        let (rows, recognised) = read(format, &known);
        let sniffed = FORMATS.name(FORMATS.sniff(&whole));
        println!("{file}: {:.1} % of {format}, {} rows, taken for {sniffed}", recognised * 100.0, rows.len());
        if read(format, &unknown).1 > 0.0 {
            poor.push(format!("{file}: a line is read after all that is named as one that cannot be"));
        }
        if recognised < 0.95 {
            poor.push(format!("{file}: {:.1} % are of {format}", recognised * 100.0));
        }
        if FORMATS.by_name(sniffed) != FORMATS.by_name(format) {
            poor.push(format!("{file} is taken for {sniffed}, and is {format}"));
        }
    }
    assert!(poor.is_empty(), "{}", poor.join("\n"));
}

/// A file without the wrapper of its lines, and of messages alone behind what syslog writes before them.
fn with_prefix(log: &[u8], wrapper: &str, prefix: &str) -> Vec<u8> {
    let lines = log.split(|byte| *byte == b'\n').map(|line| {
        let line = line.strip_prefix(wrapper.as_bytes()).unwrap_or(line);
        [if line.is_empty() { b"" } else { prefix.as_bytes() }, line].concat()
    });
    lines.collect::<Vec<_>>().join(&b'\n')
}

#[test]
#[ignore = "needs logs of other servers: BREACHD_SAMPLES=FOLDER"]
#[expect(clippy::print_stdout, reason = "the figures are what it is run for")]
fn every_log_of_others_has_a_format_or_has_none_that_we_know_of() {
    for family in std::fs::read_dir(samples()).expect("a folder of families") {
        let family = family.expect("a folder");
        let Ok(files) = std::fs::read_dir(family.path().join("third-party")) else { continue };
        let family = family.file_name().display().to_string();
        for file in files {
            let path = file.expect("a log").path();
            let name = format!("{family}/third-party/{}", path.file_name().expect("a name").display());
            if NO_FORMAT.iter().any(|log| name.starts_with(log)) {
                let log = std::fs::read(&path).expect("a log");
                println!("{name} is taken for {}", FORMATS.name(FORMATS.sniff(&log)));
            } else {
                assert!(OTHERS.iter().any(|other| other.file == name), "{name} is not in the table");
            }
        }
    }
}

#[test]
fn lines_with_the_stamp_of_exim_are_not_all_of_exim() {
    let others = [
        "2026-11-21 23:59:10.650 UTC [1234] LOG:  statement: SELECT 'A123456789'",
        "2026-11-21 23:59:10.650 CST [1234] wang@hr WARNING:  there is no transaction in progress",
        "2026-11-21 23:59:10 INFO user wang exported A123456789",
        "2026-11-21 23:59:10 Warning: user wang exported A123456789",
        "2026-11-21 23:59:10 [4711] wang => A123456789",
        "2026-11-21 23:59:10 [4711] Connection from 10.0.0.7 accepted",
        "2026-11-21 23:59:10,616 INFO  [qtp-1] [name=wang;oip=10.0.0.7;] SoapEngine - handler exception",
        "2026-11-21 23:59:10 #29623(normal) <a1b2c3>; task; rspamd_task_write_log: id: <a@b>, qid: <6DE0>",
    ];
    for line in others {
        let (rows, recognised) = read("exim", line.as_bytes());
        assert!(rows.is_empty() && recognised == 0.0, "{line}");
    }
}
