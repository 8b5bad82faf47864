//! A replay, end to end: files read, formats recognised, threads completed, incidents drawn in a store of its own.

use std::path::PathBuf;

use breachd::batch::Batch;
use breachd::config::{self, Packs, Settings};
use breachd::producer::{Archive, Reading};
use breachd::source;
use breachd::source::archive::{Input, inputs};
use breachd::store::{self, Store};
use breachd_corpus::Density;
use criterion::{Criterion, Throughput};

use crate::text::{LOGS, block_bytes, keys, log};

/// Why a replay ends early.
#[derive(Debug)]
#[expect(dead_code, reason = "shown by `expect`")]
enum Stop {
    Source(source::Error),
    Store(store::Error),
}

impl From<source::Error> for Stop {
    fn from(error: source::Error) -> Self {
        Self::Source(error)
    }
}

pub(crate) fn replay(criterion: &mut Criterion) {
    let settings = Settings::default();
    let packs = Packs::shipped().expect("the shipped packs prove themselves");
    let rules = config::rules(&settings, &packs);
    let scanner = config::scanner(&settings, packs, keys());
    let mut group = criterion.benchmark_group("replay");
    group.sample_size(10);
    for density in Density::ALL {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let mut paths: Vec<PathBuf> = Vec::new();
        let mut bytes = 0;
        for (name, mix, _) in LOGS {
            let (path, text) = (folder.path().join(name), log(mix, density, block_bytes()));
            bytes += text.len() as u64;
            std::fs::write(&path, text).expect("the folder takes files");
            paths.push(path);
        }
        let inputs = inputs(&paths).expect("they have just been written");
        group.throughput(Throughput::Bytes(bytes));
        group.bench_function(density.name(), |bencher| {
            bencher.iter(|| {
                let state = tempfile::tempdir().expect("a temporary folder can be made");
                let mut store = Store::open(state.path(), keys().id()).expect("it is empty");
                let mut apply =
                    |batch: Batch| store.apply(&batch, &rules, 0, false).map(drop).map_err(Stop::Store);
                let mut archive = Archive::new(&scanner, None, Reading::by(Some(1)));
                read(&mut archive, &inputs, &mut apply).expect("nobody else touches the files");
            });
        });
    }
}

fn read(
    archive: &mut Archive<'_>,
    inputs: &[Input],
    apply: &mut dyn FnMut(Batch) -> Result<(), Stop>,
) -> Result<(), Stop> {
    for report in archive.read(inputs, apply)? {
        report?;
    }
    archive.complete(inputs, apply).map(drop)
}
