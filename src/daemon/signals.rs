//! SIGTERM and SIGINT: stop after the current batch. SIGHUP: read the configuration anew.

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

/// Listens in a thread of its own, which ends with the process; `reload` is called in a further one.
pub(super) fn listen(reload: Arc<dyn Fn() + Send + Sync>) -> std::io::Result<Arc<Asked>> {
    let asked = Arc::new(Asked::default());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    let (mut terminate, mut interrupt, mut hang_up) = {
        let _entered = runtime.enter();
        let listen = |kind| signal(kind);
        (listen(SignalKind::terminate())?, listen(SignalKind::interrupt())?, listen(SignalKind::hangup())?)
    };
    let heard = Arc::clone(&asked);
    std::thread::Builder::new().name("signals".into()).spawn(move || {
        runtime.block_on(async {
            loop {
                tokio::select! {
                    _ = hang_up.recv() => {
                        let reload = Arc::clone(&reload);
                        // A process that may have no further thread goes on by the configuration that it has.
                        let _ = std::thread::Builder::new().name("reload".into()).spawn(move || reload());
                        continue;
                    }
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
