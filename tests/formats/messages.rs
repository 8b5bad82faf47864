//! The six messages of the generated Postfix log that hold personal data, as a person reads them from the log: who sent
//! them, under which subject, and what became of them for whom. Values are masked, all else stands as it was written.

use std::collections::BTreeSet;

use breachd::batch::Body;
use breachd::format::Format;
use breachd::incident::ThreadFacts;
use breachd::record::FieldName;

use super::cases::root;
use super::folds::{joined, threads};

/// Queue id, sender and how he is known, subject, other objects, and each recipient with what became of the message.
type Message = (&'static str, &'static str, &'static str, &'static [&'static str], &'static [&'static str]);

const MESSAGES: [Message; 6] = [
    (
        "6DE0252E68F",
        WANG,
        "員工名冊 A1******** 09******78",
        &["名冊.xlsx", "員工名冊_含身分證字號A1********.xlsx"],
        &["chen@example.com left", "lin@bounce.test failed", "wu@defer.test pending"],
    ),
    ("7514152E693", WANG, "未編碼主旨 A1********", &["原始檔名.pdf"], &["chen@example.com left"]),
    // Of Big5 the server left what is ASCII in the subject; in the name of the file two characters are others now.
    ("77B8552E015", WANG, "???s?X?D?? A1********", &["?鴝l?犰W.pdf"], &["chen@example.com left"]),
    // Cut short within the third person's number. No identity number here can have been issued; digits are hidden all the same.
    (
        "7958C52E692",
        WANG,
        "第0筆 A********* ********00；第1筆 A********* ********01；第2筆 A1234",
        &[],
        &["chen@example.com left"],
    ),
    // One of eighteen is a number that can have been issued.
    (
        "7A74852E013",
        WANG,
        "A********* A********* A********* A********* A********* A********* A********* A********* A********* A1******** \
         A********* A********* A********* A********* A********* A********* A********* A123",
        &["list A1********.csv"],
        &["chen@example.com left"],
    ),
    ("891AE52E695", "root@agency.gov.tw (local)", "from cron A1********", &[], &["boss@example.com left"]),
];

const WANG: &str = "wang.xm@agency.gov.tw (authenticated)";

#[test]
fn the_six_messages_with_personal_data_are_as_a_person_reads_them() {
    let log = std::fs::read(root("tests/logs/postfix-short-ids.log")).expect("a log");
    let threads = threads(Format::Syslog, &log);
    let mut events = joined(&threads);
    events.sort_by_key(|event| threads[event.lives[0].0].thread.name.clone());
    let told: Vec<_> = events
        .iter()
        .map(|event| {
            let ThreadFacts { thread, .. } = &threads[event.lives[0].0];
            let subject = subject(&threads, event.hits.as_slice());
            let objects = event.objects.iter().map(|shown| shown.text.as_str());
            let recipients = event.recipients.iter();
            (
                thread.name.as_ref(),
                format!("{} ({})", event.actor.text, event.basis.id()),
                objects.filter(|object| *object != subject).collect::<Vec<_>>(),
                recipients.map(|(to, outcome)| format!("{} {}", to.text, outcome.id())).collect::<Vec<_>>(),
                subject,
            )
        })
        .collect();
    let expected: Vec<_> = MESSAGES
        .iter()
        .map(|(id, sender, subject, objects, recipients)| {
            let recipients = recipients.iter().map(ToString::to_string).collect::<Vec<_>>();
            (*id, sender.to_string(), objects.to_vec(), recipients, subject.to_string())
        })
        .collect();
    assert_eq!(told, expected, "left by the program, right as a person reads them");
}

/// The subject in which something was found.
fn subject(threads: &[ThreadFacts], hits: &[i64]) -> String {
    let facts = threads.iter().flat_map(|thread| &thread.facts);
    let subjects = facts.filter(|kept| hits.contains(&kept.id)).filter_map(|kept| match &kept.fact.body {
        Body::Hit(record) if record.field == FieldName::Subject => Some(record.sample.text.clone()),
        _ => None,
    });
    subjects.collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>().join(" | ")
}
