//! Web servers, databases, and what applications write of their own.

use std::path::Path;

use super::cases::{apart, check, check_but, read};

#[test]
fn nginx_writes_json() {
    check("nginx-json", "nginx.json.log", "nginx_json");
    check("nginx-json", "nginx-names.json.log", "nginx_json");
}

#[test]
fn iis() {
    check("iis", "iis.log", "iis");
}

#[test]
fn servers_before_and_behind_others() {
    check("caddy", "caddy.log", "caddy");
    check("haproxy", "haproxy.log", "haproxy");
    check("confluence", "confluence.log", "confluence");
}

/// Lines of a statement after its first: a record goes on until its quote closes, and one line at a time is
/// read here. They are content of unknown meaning. As text they begin with a tab.
const REST_OF_RECORD: [usize; 4] = [19, 20, 22, 23];

#[test]
fn postgresql_writes_csv_json_and_text() {
    check_but("postgresql-csv", "postgresql.csv", "postgresql_csv", &REST_OF_RECORD);
    check("postgresql-json", "postgresql.json", "postgresql_json");
    check_but("postgresql-stderr", "postgresql.log", "postgresql_stderr", &REST_OF_RECORD);
}

#[test]
fn events_for_a_siem() {
    check("cef", "events.cef.log", "cef");
    check("leef", "events.leef.log", "leef");
}

#[test]
fn applications() {
    check("json", "application.json.log", "json");
    check("logfmt", "application.logfmt.log", "logfmt");
    check("key-value", "application.log", "key_value");
}

/// Logs of other sites, where they are at hand: file, format, and the lines that another program or module wrote.
const OTHERS: [(&str, &str, &[usize]); 17] = [
    ("iis/third-party/log2timeline+plaso__test_data_iis_iis10.log", "iis", &[]),
    ("iis/third-party/log2timeline+plaso__test_data_iis_iis7_owa.log", "iis", &[]),
    ("caddy/third-party/crowdsecurity+hub__tests_caddy-logs_caddy-logs.log", "caddy", &[]),
    ("haproxy/third-party/tstack+lnav__haproxy_log.json-samples.log", "haproxy", &[]),
    ("haproxy/third-party/tstack+lnav__test_logfile_haproxy.0", "haproxy", &[]),
    ("tomcat/third-party/log2timeline+plaso__test_data_confluence_access.log", "confluence", &[]),
    ("json/third-party/tstack+lnav__test_logfile_ecs_log.json", "json", &[]),
    ("json/third-party/tstack+lnav__test_logfile_json.json", "json", &[]),
    ("logfmt/third-party/tstack+lnav__test_logfile_logfmt.0", "logfmt", &[]),
    // The error log of nginx.
    ("nginx/third-party/crowdsecurity+hub__tests_nginx_http-logs_nginx_http-logs.log", "nginx", &[9]),
    // The error log of Apache.
    ("apache/third-party/crowdsecurity+hub__tests_apache2-logs_apache2-logs.log", "apache", &[8, 9]),
    ("apache/third-party/log2timeline+plaso__test_data_apache_access.log", "apache", &[]),
    // Two layouts that are not common, and a development server's.
    ("apache/third-party/tstack+lnav__access_log.json-samples.log", "apache", &[3, 4, 8]),
    ("apache/third-party/tstack+lnav__test_logfile_access_log.0", "apache", &[]),
    ("postgresql/third-party/crowdsecurity+hub__tests_pgsql-logs_pgsql-logs.log", "postgresql-stderr", &[]),
    // The server writes two blanks behind the severity; here is one.
    ("postgresql/third-party/tstack+lnav__postgres_log.json-samples.log", "postgresql-stderr", &[2]),
    ("postgresql/third-party/tstack+lnav__test_logfile_postgres.0", "postgresql-stderr", &[]),
];

#[test]
#[expect(clippy::print_stdout, reason = "the figures are what it is run for")]
fn logs_of_other_sites_are_read_too() {
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/samples");
    if !samples.is_dir() {
        println!("skipped: no logs of other sites are here");
        return;
    }
    let mut poor = Vec::new();
    for (name, format, unread) in OTHERS {
        let Ok(log) = std::fs::read(samples.join(name)) else { continue };
        let (rows, recognised) = read(format, &apart(&log, unread).1);
        println!("{name}: {:.1} % are of {format}, {} say something", recognised * 100.0, rows.len());
        if recognised < 0.95 {
            poor.push(name);
        }
    }
    assert!(poor.is_empty(), "{poor:?}");
}
