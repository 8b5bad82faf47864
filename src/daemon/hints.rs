//! What change notices name between two looks of the reader.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use notify::event::{AccessKind, EventKind};

use crate::source::Tail;

/// Names that are kept; where more files are touched between two looks, all are looked at.
const NAMES_MAX: usize = 1024;

/// Filled by the thread of notices, emptied by the reader.
#[derive(Debug, Default)]
pub(super) struct Hints(Mutex<Named>);

#[derive(Debug, Default)]
struct Named {
    paths: HashSet<PathBuf>,
    /// Something was touched of which no name is known: notices were lost, or are too many.
    is_any: bool,
}

impl Hints {
    /// Takes in a notice. False: it says only that somebody reads, we perhaps.
    pub(super) fn note(&self, event: notify::Result<notify::Event>) -> bool {
        let mut named = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            Ok(event) if matches!(event.kind, EventKind::Access(AccessKind::Open(_))) => return false,
            Ok(event) if !event.need_rescan() && !event.paths.is_empty() => named.paths.extend(event.paths),
            _ => named.is_any = true,
        }
        if named.paths.len() > NAMES_MAX {
            named.paths.clear();
            named.is_any = true;
        }
        true
    }

    /// Hands on what was named since the last time.
    pub(super) fn hand_to(&self, tail: &mut Tail) {
        let named = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        if named.is_any {
            tail.touch_all();
        }
        named.paths.iter().for_each(|path| tail.touch(path));
    }
}

#[cfg(test)]
mod tests {
    use notify::Event;
    use notify::event::{AccessMode, Flag, ModifyKind};

    use super::*;

    #[test]
    fn a_notice_without_a_name_or_one_too_many_is_about_any_file() {
        let modified = || Event::new(EventKind::Modify(ModifyKind::Any));
        let hints = Hints::default();
        assert!(!hints.note(Ok(Event::new(EventKind::Access(AccessKind::Open(AccessMode::Any))))));
        assert!(hints.note(Ok(modified().add_path("a".into()))) && !hints.0.lock().unwrap().is_any);
        assert!(hints.note(Ok(Event::new(EventKind::Other).set_flag(Flag::Rescan))));
        assert!(hints.0.lock().unwrap().is_any);
        let hints = Hints::default();
        for n in 0..=NAMES_MAX {
            hints.note(Ok(modified().add_path(n.to_string().into())));
        }
        assert!(hints.0.lock().unwrap().is_any && hints.0.lock().unwrap().paths.is_empty());
    }
}
