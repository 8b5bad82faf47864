//! Mail that was sent.

use std::path::Path;

use super::cases::{check, read};

#[test]
fn exim() {
    check("exim", "exim-main.log", "exim");
}

#[test]
fn amavis() {
    check("amavis", "amavis.log", "amavis");
}

#[test]
fn exchange() {
    check("exchange", "exchange.log", "exchange");
}

/// Logs that other projects collected, which are not part of this one: of 100 lines 95 are known.
#[test]
#[expect(clippy::print_stdout, reason = "that a log is not there must not be taken for a log that is read")]
fn lines_that_others_collected_are_recognised() {
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/samples");
    let logs = [
        ("exim", "exim/third-party/crowdsecurity+hub__tests_exim-logs_exim-logs.log", ""),
        // Messages only: what syslog writes before them is added.
        (
            "amavis",
            "amavis/third-party/debian+logwatch__amavis-TD-even.log",
            "Nov 21 23:52:01 mx1 amavis[27078]: (27078-10) ",
        ),
    ];
    for (format, path, prefix) in logs {
        let Ok(log) = std::fs::read(samples.join(path)) else {
            println!("skipped: {path} is not there");
            continue;
        };
        let lines = log.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        let whole: Vec<u8> = lines.flat_map(|line| [prefix.as_bytes(), line, b"\n"].concat()).collect();
        let (rows, recognised) = read(format, &whole);
        println!("{path}: {:.1} % recognised, {} rows", recognised * 100.0, rows.len());
        assert!(recognised >= 0.95, "{:.1} % of {path} are of {format}", recognised * 100.0);
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
