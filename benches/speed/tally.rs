//! Counting the people of 10,000 records.

use std::hint::black_box;

use breachd::kind::{Kind, Verdict};
use breachd::mask::{Sensitive, Style};
use breachd::record::Value;
use breachd::tally::{self, Row};
use criterion::{Criterion, Throughput};

use crate::text::keys;

const RECORDS: u64 = 10_000;

pub(crate) fn people(criterion: &mut Criterion) {
    let keys = keys();
    let value = |kind, canonical: String| {
        let value = Sensitive::new(kind, canonical);
        Value { kind, verdict: Verdict::Likely, key: value.key(&keys), masked: value.mask(Style::Strict) }
    };
    // An identity number and a telephone; every other record repeats one.
    let record = |nth: u64| {
        let identity = value(Kind::TwNationalId, format!("A1{nth:08}"));
        [identity, value(Kind::TwMobile, format!("09{:08}", nth * 7))]
    };
    let records: Vec<[Value; 2]> = (0..RECORDS).map(|nth| record(nth / 2)).collect();
    let rows = || black_box(&records).iter().map(|values| Row { values, special: false });
    assert_eq!(tally::count(rows(), Verdict::Likely).total, RECORDS / 2);
    let mut group = criterion.benchmark_group("tally");
    group.throughput(Throughput::Elements(RECORDS));
    group.bench_function("10000", |bencher| bencher.iter(|| tally::count(rows(), Verdict::Likely)));
}
