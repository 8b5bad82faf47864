//! Files fetched from servers.

use std::path::Path;

use super::cases::{check, read};

/// The three prefixes that syslog writes.
const PREFIXES: [&str; 3] = ["traditional", "rfc3339", "rfc5424"];

#[test]
fn vsftpd() {
    check("vsftpd", "vsftpd.log", "vsftpd");
}

#[test]
fn the_transfer_log_of_three_servers() {
    for server in ["vsftpd", "proftpd", "pure-ftpd"] {
        check("xferlog", &format!("xferlog-{server}.log"), "xferlog");
    }
}

#[test]
fn proftpd_by_default_and_in_full() {
    for layout in ["default", "full"] {
        check("proftpd", &format!("proftpd-{layout}.log"), "proftpd");
    }
}

#[test]
fn proftpd_of_itself() {
    check("proftpd-system", "proftpd-system.log", "proftpd_system");
}

#[test]
fn pure_ftpd() {
    for prefix in PREFIXES {
        check("pure-ftpd", &format!("pure-ftpd-{prefix}.log"), "pure_ftpd");
    }
}

#[test]
fn openssh_sftp() {
    for prefix in PREFIXES {
        check("openssh-sftp", &format!("sftp-{prefix}.log"), "sftp");
    }
}

#[test]
fn samba() {
    for prefix in PREFIXES {
        check("samba", &format!("samba-{prefix}.log"), "samba");
    }
}

#[test]
fn nextcloud() {
    check("nextcloud", "nextcloud-audit.log", "nextcloud");
}

/// Logs that others have published lie beside the repository, if at all: they are not ours to copy.
#[test]
#[expect(clippy::print_stdout, reason = "a test says what it skips, and its figures")]
fn logs_of_others_are_recognised() {
    let logs = [
        ("vsftpd", "vsftpd/third-party/log2timeline+plaso__test_data_vsftpd.log"),
        ("proftpd-system", "proftpd/third-party/crowdsecurity+hub__tests_proftpd-logs_proftpd-logs.log"),
        ("pure-ftpd", "pure-ftpd/third-party/crowdsecurity+hub__tests_pureftpd-logs_pureftpd-logs.log"),
        ("openssh-sftp", "openssh/third-party/log2timeline+plaso__test_data_syslog_syslog_ssh.log"),
        ("nextcloud", "nextcloud/third-party/tstack+lnav__test_logfile_nextcloud.0"),
    ];
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/samples");
    for (format, log) in logs {
        let Ok(bytes) = std::fs::read(samples.join(log)) else {
            println!("skipped: no {log} beside the repository");
            continue;
        };
        let (rows, recognised) = read(format, &bytes);
        println!("{log}: {:.1} % of {format}, {} rows", recognised * 100.0, rows.len());
        assert!(recognised >= 0.95, "{:.1} % of {log} are of {format}", recognised * 100.0);
    }
}
