//! The file name that an incident shows: bare, decoded, and with nothing of a person in it.

use super::Scanner;
use crate::batch::Body;
use crate::detect::Engine;
use crate::format::Format;
use crate::line::{Block, Origin, SourceId};
use crate::mask::Keys;
use crate::moment::Tz;

/// The objects and samples that are kept of an attachment's line.
fn check(parameter: &str, object: &str) {
    let line = format!(
        "Nov 22 07:51:09 mail postfix/cleanup[1]: 6DE0252E68F: info: header Content-Disposition: attachment;??\
         {parameter} from h[192.0.2.1]; from=<s@a.tw> to=<r@b.tw> proto=ESMTP helo=<pc>"
    );
    let origin = Origin { source: SourceId::new("mail.log"), path: "mail.log".into(), modified: 0 };
    let scanner = Scanner::new(Engine::shipped().unwrap(), Keys::new(&[7; 32]), Tz::Asia__Taipei);
    let said = scanner.hits(Format::Syslog, &Block::new(line.as_bytes(), &origin, 0, 1));
    let (mut objects, mut samples) = (Vec::new(), Vec::new());
    for fact in &said.facts {
        match &fact.body {
            Body::Hit(record) => samples.push(record.sample.text.clone()),
            Body::Context(context) => {
                objects.extend(context.object.as_ref().map(|shown| shown.text.clone()));
            }
            _ => {}
        }
    }
    assert_eq!(objects, [object], "{parameter}");
    assert_eq!(samples.len(), 1, "{parameter}");
    let kept = serde_json::to_string(&said.facts).unwrap();
    for digits in ["23456", "56789", "%32%33", "%3233", "12-345"] {
        assert!(!kept.contains(digits), "{parameter}: {kept}");
    }
}

#[test]
fn an_attached_file_is_shown_by_its_bare_name_without_the_value_in_it() {
    check("filename=\"A123456789.pdf\"", "A1********.pdf");
    check("filename*=UTF-8''%E8%BA%AB%E5%88%86%E8%AD%89A123456789.pdf", "身分證A1********.pdf");
    check("filename*=UTF-8''%41%31%32%33%34%35%36%37%38%39.pdf", "A1********.pdf");
    check("filename*=big5'zh'%B8%B9%BDXA123456789.pdf", "號碼A1********.pdf");
    check("filename*=big5'zh-TW'%B8%B9%BD%58%41%31%32%33%34%35%36%37%38%39.pdf", "號碼A1********.pdf");
    check("name*=\"big5'zh'%A4%E2%BE%F70912-345-678.csv\"", "手機09******78.csv");
    check("filename=\"=?big5?B?uLm9WEExMjM0NTY3ODkucGRm?=\"", "號碼A1********.pdf");
    check("filename*0*=UTF-8''A123456789;??filename*1*=.pdf", "A1********");
}

#[test]
fn bytes_that_two_views_read_as_two_kinds_are_one_value() {
    // Escaped, the word is hidden, and the content field makes a mobile number of it; decoded, it is an account.
    let line =
        "10.0.0.1 - - [22/Nov/2026:09:04:05 +0800] \"GET /%E5%B8%B3%E8%99%9F/0912345678 HTTP/1.1\" 200 53";
    let origin = Origin { source: SourceId::new("access.log"), path: "access.log".into(), modified: 0 };
    let scanner = Scanner::new(Engine::shipped().unwrap(), Keys::new(&[7; 32]), Tz::Asia__Taipei);
    let said = scanner.hits(Format::Clf, &Block::new(line.as_bytes(), &origin, 0, 1));
    let kinds = said.facts.iter().filter_map(|fact| match &fact.body {
        Body::Hit(record) => Some(record.values.iter().map(|value| value.kind.id()).collect::<Vec<_>>()),
        _ => None,
    });
    assert_eq!(kinds.collect::<Vec<_>>(), [["bank-account"]]);
}
