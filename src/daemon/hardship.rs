//! What is done when the store cannot go on: its disk is full, its bound is reached, it was damaged. Reading stops, the
//! logs are the buffer; what was found already still goes out, in the space that was held back; and everything resumes
//! by itself when there is room.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::now;
use crate::alert::{self, Notice, Spool};
use crate::fault;
use crate::observe;
use crate::store::{self, Mended, Reserve, Store};

/// How often it is looked whether there is room again.
const LOOK: Duration = Duration::from_secs(1);
/// How often the size of the store is looked at.
const WEIGH: Duration = Duration::from_mins(1);

/// The way to the system administrators, and the space that is held back.
#[derive(Debug)]
pub struct Hardship {
    reserve: Reserve,
    /// The reserve was given up, and nothing further is read until it is held again.
    is_waiting: bool,
    /// Bytes that the store may take.
    bytes_max: u64,
    state: PathBuf,
    spool: Spool,
    from: String,
    to: Vec<String>,
    weighed: Option<Instant>,
}

impl Hardship {
    /// Bounds the store.
    pub fn prepare(
        settings: &crate::config::Settings,
        store: &mut Store,
        spool: &Spool,
    ) -> Result<Self, store::Error> {
        let bytes_max = settings.store.bytes_max;
        store.limit(bytes_max)?;
        Ok(Self {
            reserve: Reserve::new(&settings.state_dir, settings.store.reserve),
            is_waiting: false,
            bytes_max,
            state: settings.state_dir.clone(),
            spool: spool.clone(),
            from: settings.mail.from.clone(),
            to: settings.administrators(super::now()),
            weighed: None,
        })
    }

    /// The state directory.
    pub(super) fn state(&self) -> &std::path::Path {
        &self.state
    }

    /// Holds the reserve; says so where it cannot.
    pub(super) fn hold(&mut self) {
        if let Err(trouble) = self.reserve.take_back() {
            observe::no_reserve(&self.state, &trouble);
        }
    }

    /// The disk or the bound refused a commit: gives up the reserve, so that the batch in hand and its letters go
    /// through. Whether there was something to give.
    pub(super) fn make_room(&mut self, store: &mut Store, cause: &store::Error) -> bool {
        if !fault::guards("reserve") || !self.reserve.give_up() {
            return false;
        }
        self.is_waiting = true;
        observe::disk_full(cause);
        // Of a bound that was reached a sixteenth more is as good as a reserve; the disk is what it is.
        if let Err(error) = store.limit(self.bytes_max + self.bytes_max / 16) {
            observe::read_failed(&error);
        }
        self.tell(&Notice::disk_full(&self.state.to_string_lossy(), now()));
        true
    }

    /// After the reserve was given up nothing further is read until it can be held again.
    pub(super) fn wait_for_room(
        &mut self,
        store: &mut Store,
        mut is_stopped: impl FnMut() -> bool,
    ) -> Result<(), store::Error> {
        if !self.is_waiting {
            return Ok(());
        }
        while !is_stopped() {
            if store.room()?.bytes < self.bytes_max && self.reserve.take_back().is_ok() {
                store.limit(self.bytes_max)?;
                self.is_waiting = false;
                observe::room_again(&self.state);
                return Ok(());
            }
            std::thread::sleep(LOOK);
        }
        Ok(())
    }

    /// Warns of a store that comes near its bound, long before it is there.
    pub(super) fn weigh(&mut self, store: &Store) -> Result<(), store::Error> {
        if self.weighed.is_some_and(|at| at.elapsed() < WEIGH) {
            return Ok(());
        }
        self.weighed = Some(Instant::now());
        // One that could not be held at the start is taken as soon as there is room for it.
        let _ = self.reserve.take_back();
        let room = store.room()?;
        if room.is_short() {
            observe::store_large(&self.state, room.bytes, room.bytes_max);
            self.tell(&Notice::store_large(&self.state.to_string_lossy(), room.bytes, room.bytes_max));
        }
        Ok(())
    }

    /// The store was damaged at start.
    pub fn tell_mended(&self, mended: &Mended) {
        observe::store_mended(mended);
        let aside = mended.aside.to_string_lossy();
        self.tell(&Notice::store_mended(&aside, &mended.damage, mended.from_snapshot, now()));
    }

    fn tell(&self, notice: &Result<Notice, alert::Error>) {
        let put = match notice {
            Ok(notice) => notice.put(&self.spool, &self.from, &self.to, now()),
            Err(error) => return observe::letter_failed("notice", error),
        };
        if let Err(error) = put {
            observe::letter_failed("notice", &error);
        }
    }
}
