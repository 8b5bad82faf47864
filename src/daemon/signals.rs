//! SIGTERM and SIGINT: stop after the current batch.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::signal::unix::{SignalKind, signal};

use crate::observe;

/// What was asked for.
#[derive(Debug, Default)]
pub(super) struct Asked {
    /// To stop.
    pub(super) stop: AtomicBool,
    /// By a person at a terminal.
    pub(super) interrupted: AtomicBool,
}

/// Listens in a thread of its own, which ends with the process.
pub(super) fn listen() -> std::io::Result<Arc<Asked>> {
    let asked = Arc::new(Asked::default());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    let (mut terminate, mut interrupt) = {
        let _entered = runtime.enter();
        (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?)
    };
    let heard = Arc::clone(&asked);
    std::thread::Builder::new().name("signals".into()).spawn(move || {
        runtime.block_on(async {
            loop {
                tokio::select! {
                    _ = terminate.recv() => observe::stopping("SIGTERM"),
                    _ = interrupt.recv() => {
                        observe::stopping("SIGINT");
                        heard.interrupted.store(true, Ordering::Relaxed);
                    }
                }
                heard.stop.store(true, Ordering::Relaxed);
            }
        });
    })?;
    Ok(asked)
}
