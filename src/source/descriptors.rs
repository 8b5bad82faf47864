//! How many files may be open at once.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Descriptors asked for: more than this is held by nothing here.
const WANTED: u64 = 16_384;

/// Raises the limit that this process may raise for itself, and says what it is then.
pub(super) fn allowed() -> usize {
    let limit = getrlimit(Resource::Nofile);
    let most = limit.maximum.unwrap_or(WANTED).min(WANTED);
    let current = limit.current.unwrap_or(WANTED);
    let raised = Rlimit { current: Some(most), maximum: limit.maximum };
    let is_raised = current < most && setrlimit(Resource::Nofile, raised).is_ok();
    (if is_raised { most } else { current }) as usize
}
