//! Whole blocks, without a match, with few and with many: the pass that every byte goes through, and all that follows
//! from it up to facts.

use std::hint::black_box;

use breachd::detect::Depth;
use breachd_corpus::Density;
use criterion::{BenchmarkId, Criterion, Throughput};

use crate::text::{LOGS, block, block_bytes, engine, log, origin, scanner};

pub(crate) fn candidates(criterion: &mut Criterion) {
    let engine = engine();
    let mut group = criterion.benchmark_group("candidates");
    for density in Density::ALL {
        for (name, mix, _) in LOGS {
            let text = log(mix, density, block_bytes());
            group.throughput(Throughput::Bytes(text.len() as u64));
            group.bench_function(BenchmarkId::new(density.name(), name), |bencher| {
                bencher.iter(|| engine.candidates(black_box(&text), Depth::Hits).count());
            });
        }
    }
}

pub(crate) fn hits(criterion: &mut Criterion) {
    let (scanner, origin) = (scanner(), origin());
    let mut group = criterion.benchmark_group("hits");
    for density in Density::ALL {
        for (name, mix, format) in LOGS {
            let text = log(mix, density, block_bytes());
            if density == Density::Dense {
                let found = scanner.hits(format, &block(&text, &origin)).facts;
                assert!(!found.is_empty(), "nothing was found in the dense log `{name}`");
            }
            group.throughput(Throughput::Bytes(text.len() as u64));
            group.bench_function(BenchmarkId::new(density.name(), name), |bencher| {
                bencher.iter(|| scanner.hits(format, &block(black_box(&text), &origin)));
            });
        }
    }
}
