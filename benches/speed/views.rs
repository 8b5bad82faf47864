//! Fields in every encoding of the vectors, plain ones first: `utf8` has no mark and no second view.

use std::hint::black_box;

use breachd::decode;
use breachd::mask::Raw;
use criterion::{Criterion, Throughput};

pub(crate) fn views(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("views");
    for (name, fields) in vectors() {
        group.throughput(Throughput::Bytes(fields.iter().map(|field| field.len() as u64).sum()));
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                for field in black_box(&fields) {
                    black_box(decode::views(Raw::new(field)));
                }
            });
        });
    }
}

/// The fields of tests/vectors/encodings.csv (type, field in hex, …), by their type, in the order of the file.
fn vectors() -> Vec<(String, Vec<Vec<u8>>)> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/encodings.csv");
    let text = std::fs::read_to_string(path).expect("the vectors are part of the tree");
    let mut vectors: Vec<(String, Vec<Vec<u8>>)> = Vec::new();
    for row in text.lines().skip(1) {
        let mut columns = row.split(',');
        let (Some(name), Some(field)) = (columns.next(), columns.next()) else {
            panic!("a short row: {row}")
        };
        let field = data_encoding::HEXLOWER.decode(field.as_bytes()).expect("fields are in hex");
        match vectors.iter_mut().find(|(known, _)| known == name) {
            Some((_, fields)) => fields.push(field),
            None => vectors.push((name.to_owned(), vec![field])),
        }
    }
    vectors
}
