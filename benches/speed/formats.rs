//! Every format reading its own lines: the samples of those that are files, logs of servers for those built in.

use std::hint::black_box;
use std::path::Path;

use breachd::format::{Defaults, Format, Formats};
use breachd::moment::Tz;
use criterion::{Criterion, Throughput};

/// A line, and the one that tells how it is to be read.
struct Sample {
    line: Vec<u8>,
    after: Option<String>,
}

/// Logs of the tree that are of formats without a file.
const BUILT_IN: [(&str, &str, Format); 3] = [
    ("plain", "tests/logs/nginx-main.log", Format::Plain),
    ("postfix", "tests/logs/postfix-long-ids-reinjected.log", Format::Syslog),
    ("nginx", "tests/logs/nginx-combined.log", Format::Clf),
];

pub(crate) fn formats(criterion: &mut Criterion) {
    let formats = Formats::shipped();
    let defaults = Defaults { zone: Tz::Asia__Taipei, anchor: 1_796_083_200 };
    let mut group = criterion.benchmark_group("formats");
    for (name, format, samples) in lines(&formats) {
        let read = |sample: &Sample| {
            let after = sample.after.as_deref().map(str::as_bytes);
            let parsed = formats.parse_governed(format, black_box(&sample.line), after, &defaults);
            black_box(parsed).is_some()
        };
        assert!(samples.iter().all(read), "`{name}` does not read its own lines");
        group.throughput(Throughput::Bytes(samples.iter().map(|sample| sample.line.len() as u64).sum()));
        group.bench_function(name, |bencher| {
            bencher.iter(|| samples.iter().filter(|sample| read(sample)).count());
        });
    }
}

fn lines(formats: &Formats) -> Vec<(String, Format, Vec<Sample>)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = |path: &str| std::fs::read_to_string(root.join(path)).expect("it is part of the tree");
    let built_in = BUILT_IN.map(|(name, path, format)| {
        // A server wrote them, not all in UTF-8.
        let log = std::fs::read(root.join(path)).expect("it is part of the tree");
        let lines = log.trim_ascii_end().split(|byte| *byte == b'\n');
        let lines = lines.map(|line| Sample { line: line.to_owned(), after: None }).collect();
        (name.to_owned(), format, lines)
    });
    let data = formats.listed().into_iter().filter(|listed| listed.samples > 0).map(|listed| {
        let format = formats.by_name(&listed.name).expect("it is listed");
        (listed.name, format, samples(&text(&listed.file)))
    });
    built_in.into_iter().chain(data).collect()
}

fn samples(text: &str) -> Vec<Sample> {
    let file: toml::Table = text.parse().expect("shipped formats are TOML");
    let samples = file["sample"].as_array().expect("each has samples");
    let text =
        |sample: &toml::Value, key: &str| sample.get(key).and_then(toml::Value::as_str).map(str::to_owned);
    let sample = |sample| Sample {
        line: text(sample, "line").expect("a sample has a line").into_bytes(),
        after: text(sample, "after"),
    };
    samples.iter().map(sample).collect()
}
