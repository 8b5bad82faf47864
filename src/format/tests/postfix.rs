use super::{at, check_pieces, defaults, formats, told};
use crate::format::Format;

/// Reads a message behind each prefix; it must say the same behind all of them.
fn check(program: &str, message: &str, expected: &str) {
    let stamps = [
        format!("Nov 22 07:51:09 mail {program}[27033]: "),
        format!("<22>Nov 22 07:51:09 mail {program}[27033]: "),
        format!("2026-11-21T23:51:09.000000+00:00 mail {program}[27033]: "),
        format!("<22>1 2026-11-22T07:51:09+08:00 mail {program} 27033 - - "),
        format!("<22>1 2026-11-21T23:51:09Z mail {program} 27033 - [a@1 b=\"\\\"]\"][c]  \u{feff}")
            .replace("  ", " "),
    ];
    for stamp in stamps {
        let line = format!("{stamp}{message}");
        let parsed = formats().parse(Format::Syslog, line.as_bytes(), &defaults()).expect("a syslog line");
        assert_eq!(told(&parsed), expected, "{line}");
        assert_eq!((parsed.host, parsed.time.us), ("mail", at("2026-11-21T23:51:09Z")), "{line}");
        assert_eq!(&line[parsed.body.clone()], message);
        assert_eq!(parsed.format.as_str(), "postfix");
        check_pieces(line.as_bytes(), Format::Syslog, &parsed);
    }
}

#[test]
fn an_opening_line_names_the_user_the_client_and_the_queue_id_it_had_before() {
    let check = |message: &str, expected: &str| check("postfix/submission/smtpd", message, expected);
    check(
        "6DE0252E68F: client=localhost[127.0.0.1], sasl_method=PLAIN, sasl_username=wang.xm@agency.gov.tw",
        "open name=6DE0252E68F actor=authenticated:wang.xm@agency.gov.tw origin=127.0.0.1",
    );
    check(
        "4jX8Bj2Fl6zmwjZ: client=localhost[127.0.0.1], orig_queue_id=4jX8Bj10BLzmwCS, orig_client=h[192.0.2.1]",
        "open name=4jX8Bj2Fl6zmwjZ origin=127.0.0.1 link=4jX8Bj10BLzmwCS",
    );
    check(
        "6DE0252E68F: client=h[2001:db8::1]:2525, sasl_method=LOGIN, sasl_username=a, b, sasl_sender=c@d.tw",
        "open name=6DE0252E68F actor=authenticated:a, b origin=2001:db8::1",
    );
    check("6DE0252E68F: client=unknown[unknown]", "open name=6DE0252E68F");
    check(
        "6DE0252E68F: client=h[192.0.2.1], orig_queue_id=6DE0252E68F",
        "open name=6DE0252E68F origin=192.0.2.1",
    );
}

#[test]
fn mail_of_the_host_itself_is_opened_by_pickup() {
    let check = |message: &str, expected: &str| check("postfix/pickup", message, expected);
    check(
        "6DE0252E68F: uid=0 from=<root@mail.agency.gov.tw>",
        "open name=6DE0252E68F actor=local:root@mail.agency.gov.tw",
    );
    check("6DE0252E68F: uid=33 from=<>", "open name=6DE0252E68F");
}

#[test]
fn a_subject_ends_at_the_last_client_of_the_line() {
    let check = |message: &str, expected: &str| check("postfix/cleanup", message, expected);
    let tail = "from localhost[127.0.0.1]; from=<s@agency.gov.tw> to=<r@example.com> proto=ESMTP helo=<pc>";
    let check_subject = |action: &str, subject: &str, said: &str, outcome: &str| {
        check(
            &format!("6DE0252E68F: {action}: header Subject: {subject} {tail}{said}"),
            &format!(
                "content name=6DE0252E68F actor=envelope:s@agency.gov.tw object={subject} subject=sender:{subject}{outcome}"
            ),
        );
    };
    check_subject("info", "名冊 A123456789", "", "");
    check_subject("warning", "from a[1]; from=<x> b", ": why", "");
    check_subject("replace", "old", ": Subject: new", "");
    check_subject("prepend", "text", ": X-Seen: yes", "");
    check_subject("reject", "x", ": 5.7.1 no", " outcome=rejected");
    check_subject("milter-reject", "x", "", " outcome=rejected");
    check_subject("discard", "x", "", " outcome=discarded");
    check_subject("hold", "x", "", " outcome=held");
    check(
        "6DE0252E68F: info: header Subject: from cron A1 from local; from=<root@h> to=<r@h>",
        "content name=6DE0252E68F actor=envelope:root@h object=from cron A1 subject=sender:from cron A1",
    );
    check(
        "6DE0252E68F: info: header subject: cut short by a rel",
        "content name=6DE0252E68F object=cut short by a rel subject=sender:cut short by a rel",
    );
    check("6DE0252E68F: info: header Subject: from local; from=<> to=<r@h>", "content name=6DE0252E68F");
    check("6DE0252E68F: info: header X-Mailer: A123456789 from local; from=<>", "content name=6DE0252E68F");
}

#[test]
fn to_and_cc_are_fields_and_one_of_200_bytes_is_cut_off() {
    let check = |header: &str, expected: &str| {
        let tail = "from pc[192.0.2.1]; from=<s@a.tw> to=<last@x.tw> proto=ESMTP helo=<pc>";
        check(
            "postfix/cleanup",
            &format!("6DE0252E68F: info: header {header} {tail}"),
            &format!("content name=6DE0252E68F actor=envelope:s@a.tw{expected}"),
        );
    };
    check("To: a@x.tw, B <b@x.tw>", " to=sender:a@x.tw, B <b@x.tw>");
    check("CC:a@x.tw,??b@x.tw", " cc=sender:a@x.tw,??b@x.tw");
    check("To: undisclosed-recipients:;", " to=sender:undisclosed-recipients:;");
    check("To:", "");
    check("Reply-To: a@x.tw", "");
    check("Bcc: a@x.tw", "");
    let list = |bytes: usize| "abcdefghijklmnopqrst@x.tw,".repeat(8)[..bytes].to_owned();
    check(&format!("To: {}", list(195)), &format!(" to=sender:{}", list(195)));
    check(&format!("To: {}", list(196)), &format!(" to=sender:{}…", list(196)));
    check(&format!("Cc: {} ", list(195)), &format!(" cc=sender:{} …", list(195)));
}

#[test]
fn an_attachment_is_the_parameters_that_name_it() {
    let check = |header: &str, object: &str, field: &str| {
        let message =
            format!("6DE0252E68F: info: header {header} from h[192.0.2.1]; from=<s> to=<r> proto=ESMTP");
        let named = format!(" object={object} attachment=sender:{field}");
        let named = if field.is_empty() { "" } else { &named };
        check("postfix/cleanup", &message, &format!("content name=6DE0252E68F actor=envelope:s{named}"));
    };
    check(
        "Content-Disposition: attachment;??filename*=UTF-8''%E5%93%A1.xlsx",
        "%E5%93%A1.xlsx",
        "filename*=UTF-8''%E5%93%A1.xlsx",
    );
    let check_name = |parameter: &str, object: &str| {
        check(&format!("Content-Disposition: attachment; {parameter}"), object, parameter);
    };
    check_name("filename*=\"big5'zh-TW'%A6W.csv\"", "%A6W.csv");
    check_name("filename*0*=UTF-8''%E5%93;??filename*1*=%A1.csv", "%E5%93");
    check_name("filename* =''a.csv", "a.csv");
    check_name("filename*=a.csv", "a.csv");
    check_name("filename=\"o'b'c.csv\"", "o'b'c.csv");
    check_name("filename*=\"o b'c'd.csv\"", "o b'c'd.csv");
    check("Content-Type: a/b;??name=\"=?utf-8?B?5ZCN?=\"", "=?utf-8?B?5ZCN?=", "name=\"=?utf-8?B?5ZCN?=\"");
    check(
        "Content-Disposition: attachment; filename=\"a; b.csv\"; size=12345",
        "a; b.csv",
        "filename=\"a; b.csv\"",
    );
    check(
        "content-disposition: attachment; FileName*0=\"a\";??filename*1=\"b\"; size=1",
        "a",
        "FileName*0=\"a\";??filename*1=\"b\"",
    );
    check("Content-Disposition: attachment; filename=\"cut sho", "cut sho", "filename=\"cut sho");
    check("Content-Type: text/plain; charset=utf-8", "", "");
}

#[test]
fn the_queue_says_who_and_when_it_gave_up() {
    let check = |message: &str, expected: &str| check("postfix/qmgr", message, expected);
    check(
        "6DE0252E68F: from=<wang.xm@agency.gov.tw>, size=1193, nrcpt=3 (queue active)",
        "context name=6DE0252E68F actor=envelope:wang.xm@agency.gov.tw",
    );
    check("771B252E013: from=<>, size=3186, nrcpt=1 (queue active)", "context name=771B252E013");
    check(
        "66C15648577B: from=<a@b.tw>, status=expired, returned to sender",
        "outcome name=66C15648577B actor=envelope:a@b.tw outcome=expired",
    );
    check("7514152E693: removed", "end name=7514152E693 outcome=ended");
}

#[test]
fn a_delivery_says_what_became_of_one_recipient() {
    let check = |to: &str, said: &str, expected: &str| {
        let message =
            format!("6DE0252E68F: {to}, relay=h[192.0.2.1]:25, delay=0.2, dsn=2.0.0, status={said}");
        let expected = if expected.is_empty() {
            "context name=6DE0252E68F".to_owned()
        } else {
            format!("outcome name=6DE0252E68F outcome={expected}")
        };
        check("postfix-out/smtp", &message, &expected);
    };
    check("to=<r@e.com>", "sent (250 2.0.0 Ok)", "sent to=r@e.com");
    check(
        "to=<r@e.com>",
        "sent (250 2.0.0 Ok: queued as 4jX8Bj2Fl6zmwjZ)",
        "sent to=r@e.com next=4jX8Bj2Fl6zmwjZ",
    );
    check("to=<r@e.com>", "sent (250 Ok: queued as 6EAC4719EB)", "sent to=r@e.com next=6EAC4719EB");
    check("to=<r@e.com>", "sent (250 Ok: queued as 1xUuwN-0001Hb-21)", "sent to=r@e.com");
    check("to=<r@e.com>", "deferred (450 queued as 6EAC4719EB)", "deferred to=r@e.com");
    check("to=<r@e.com>, orig_to=<staff>", "bounced (550 no)", "bounced to=r@e.com orig=staff");
    check("to=<r@e.com>", "SOFTBOUNCE (unknown user: \"to\")", "deferred to=r@e.com");
    check("to=<r@e.com>", "undeliverable (550 no)", "bounced to=r@e.com");
    check("to=<r@e.com>", "expired (too old)", "expired to=r@e.com");
    check("to=<r@e.com>", "deliverable (delivers to mailbox)", "");
    check("to=<\"a b>, status=sent\"@e.com>", "deferred (x)", "deferred to=\"a b>, status=sent\"@e.com");
    check("to=<a\"b@e.com>", "sent (x)", "sent to=a\"b@e.com");
    check("to=r@e.com, orig_to=root", "sent (x)", "sent to=r@e.com orig=root");
}

#[test]
fn refused_mail_is_written_by_anybody() {
    let check = |message: &str, expected: &str| check("postfix/smtpd", message, expected);
    let text = "from h[192.0.2.1]: 554 5.7.1 <r@e.com>: no; from=<s@b.tw> to=<r@e.com> proto=ESMTP helo=<pc>";
    let fields = "origin=192.0.2.1 recipient=anybody:r@e.com helo=anybody:pc";
    let check_refusal = |id: &str, action: &str, name: &str, outcome: &str| {
        check(&format!("{id}: {action} {text}"), &format!("content{name} {fields} outcome={outcome}"));
    };
    check_refusal("NOQUEUE", "reject: RCPT", "", "rejected to=r@e.com");
    check_refusal("NOQUEUE", "milter-reject: END-OF-MESSAGE", "", "rejected to=r@e.com");
    check_refusal("NOQUEUE", "discard: RCPT", "", "discarded to=r@e.com");
    check_refusal("6DE0252E68F", "reject: RCPT", " name=6DE0252E68F", "rejected to=r@e.com");
    check_refusal("6DE0252E68F", "milter-reject: END-OF-MESSAGE", " name=6DE0252E68F", "rejected");
    check_refusal("6DE0252E68F", "hold: RCPT", " name=6DE0252E68F", "held");
    check(
        "NOQUEUE: reject: RCPT from [192.0.2.1]:2413: 550 5.5.1 no; from=<a@b>, to=<c@d>, proto=SMTP, helo=<e>f>",
        "content origin=192.0.2.1 recipient=anybody:c@d helo=anybody:e>f outcome=rejected to=c@d",
    );
    check(
        "NOQUEUE: reject: CONNECT from [192.0.2.1]:1337: too many connections",
        "content origin=192.0.2.1 outcome=rejected",
    );
    check(
        "NOQUEUE: proxy-reject: END-OF-MESSAGE: ; from=<s@b.tw> to=<r@e.com> proto=ESMTP helo=<pc>",
        "content recipient=anybody:r@e.com helo=anybody:pc outcome=rejected to=r@e.com",
    );
    check(
        "6DE0252E68F: discard: body A123456789 from local; from=<s> to=<r>",
        "outcome name=6DE0252E68F outcome=discarded",
    );
    check(&format!("NOQUEUE: reject_warning: RCPT {text}"), "context");
    check(&format!("6DE0252E68F: filter: RCPT {text}"), "context name=6DE0252E68F");
}

#[test]
fn every_other_line_has_no_content() {
    check(
        "postfix/cleanup",
        "6DE0252E68F: message-id=<20261121235109.771B252E013@h>",
        "context name=6DE0252E68F",
    );
    check(
        "postfix/bounce",
        "6DE0252E68F: sender non-delivery notification: 771B252E013",
        "context name=6DE0252E68F",
    );
    check("postfix/smtp", "6DE0252E68F: host h[192.0.2.1] said: 450 A123456789", "context name=6DE0252E68F");
    check("postfix/smtpd", "connect from localhost[127.0.0.1]", "context");
    check("postfix/smtpd", "NOQUEUE: client=h[192.0.2.1]", "context");
    check("postfix/smtpd", "warning: non-SMTP command from h[192.0.2.1]: GET / HTTP/1.1", "context");
    check("mta/qmgr", "certificates: removed", "context");
    check("postfix/policyd-weight", "A123456789: to=<0912345678>", "context name=A123456789");
}

#[test]
fn the_daemon_may_be_missing_from_the_program() {
    // As rsyslog names it in RFC 5424.
    check("postfix", "6DE0252E68F: removed", "end name=6DE0252E68F outcome=ended");
    let other = b"<22>1 2026-11-21T23:51:09Z mail postfixadmin 1 - - 6DE0252E68F: removed";
    assert_eq!(formats().thread_name(Format::Syslog, other, None), None);
}

#[test]
fn a_thread_is_named_by_postfix_only() {
    let other = b"Nov 21 23:51:09 mail sshd[1]: 6DE0252E68F: removed";
    assert_eq!(formats().thread_name(Format::Syslog, other, None), None);
    let named = |program: &str| {
        let line = format!("Nov 21 23:51:09 mail {program}[1]: 6DE0252E68F: removed");
        formats().thread_name(Format::Syslog, line.as_bytes(), None).map(std::borrow::Cow::into_owned)
    };
    assert_eq!(named("mta/in/qmgr").as_deref(), Some("6DE0252E68F"));
    assert_eq!(named("/usr/sbin/smtpd"), None);
    let parsed = formats().parse(Format::Syslog, other, &defaults()).expect("a syslog line");
    assert_eq!(told(&parsed), "content line=?sender:6DE0252E68F: removed");
}
