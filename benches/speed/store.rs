//! A batch of facts, applied to an empty store: one transaction with all that follows from it.

use breachd::batch::Batch;
use breachd::config::{self, Packs, Settings};
use breachd::store::Store;
use breachd_corpus::Density;
use criterion::{BatchSize, Criterion, Throughput};

use crate::text::{LOGS, block, block_bytes, keys, log, origin, scanner};

pub(crate) fn apply(criterion: &mut Criterion) {
    let (scanner, origin) = (scanner(), origin());
    let rules =
        config::rules(&Settings::default(), &Packs::shipped().expect("the shipped packs prove themselves"));
    let (_, mix, format) = LOGS[0];
    let text = log(mix, Density::Dense, block_bytes());
    let mut batch = Batch::new(keys().id());
    batch.facts = scanner.hits(format, &block(&text, &origin)).facts;
    assert!(!batch.facts.is_empty(), "the dense log holds nothing");
    let mut group = criterion.benchmark_group("store");
    group.throughput(Throughput::Elements(batch.facts.len() as u64));
    group.sample_size(20);
    let empty = || {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        (Store::open(folder.path(), keys().id()).expect("an empty folder takes a store"), folder)
    };
    group.bench_function("apply", |bencher| {
        bencher.iter_batched_ref(
            empty,
            |(store, _)| store.apply(&batch, &rules, 0, false).expect("it is a batch of this key"),
            BatchSize::PerIteration,
        );
    });
}
