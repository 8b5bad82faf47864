//! Any script of a log's writers, of rotations, compressions, truncations and deletions, and of a reader that stops,
//! dies and starts again, leaves counted what was written, less what is declared as a gap; and nothing twice.
//!
//! The files are real, the reader and the store are the program's own, in this process: 500 scripts take seconds. A
//! script that fails is printed with its seed, cut down to the steps that it needs. `BREACHD_SCRIPTS` is how many are
//! run, `BREACHD_SEED` the seed of the first.

#![allow(missing_docs, unreachable_pub, clippy::print_stdout, reason = "a test says its figures")]

#[path = "torture/folder.rs"]
mod folder;
#[path = "torture/lines.rs"]
mod lines;
#[path = "torture/run.rs"]
mod run;
#[path = "torture/script.rs"]
mod script;
mod support;

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use run::{Engine, Figures};
use script::Script;
use support::{seed, size};

#[test]
fn any_script_leaves_counted_what_was_written_less_what_is_declared() {
    let first = seed(1);
    let scripts = size("BREACHD_SCRIPTS", 500);
    let engine = Engine::new();
    let (next, sum) = (AtomicUsize::new(0), Mutex::new(Figures::default()));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let nth = next.fetch_add(1, Ordering::Relaxed);
                    if nth >= scripts {
                        break;
                    }
                    let seed = first + nth as u64;
                    let script = Script::random(seed);
                    match run::run(&engine, &script) {
                        Ok(figures) => sum.lock().expect("no script has panicked").add(&figures),
                        Err(_) => fail(&engine, seed, &script),
                    }
                }
            });
        }
    });
    let sum = sum.into_inner().expect("no script has panicked");
    println!("{scripts} scripts from seed {first}: {sum:?}");
    assert!(sum.rotations > scripts && sum.kills > scripts / 2 && sum.compressions > scripts / 2, "{sum:?}");
}

/// Cuts a script down and says what is left of it.
fn fail(engine: &Engine, seed: u64, script: &Script) {
    let small = script.smallest(&|script| run::run(engine, script).is_err());
    let why = run::run(engine, &small).err().unwrap_or_else(|| "it passed this time".to_owned());
    panic!(
        "BREACHD_SEED={seed} BREACHD_SCRIPTS=1, cut down from {} steps: {small:#?}\n{why}",
        script.steps.len()
    );
}
