//! Which file is which generation: the part of a rescan that opens files. The decisions are `identity::decide`'s.

use std::collections::HashSet;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::reader::{Input, Reader};
use super::source::Source;
use super::{Notice, Setting};
use crate::batch::{FileId, Generation, GenerationState};
use crate::event::GapCause;
use crate::fault;
use crate::source::body::{self, Form};
use crate::source::identity::{Decision, Observed, Prints, decide, print};
use crate::source::siblings::Folders;
use crate::source::{Error, sys};

/// A file of a source.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) path: PathBuf,
    pub(super) form: Form,
    pub(super) stat: sys::Stat,
    pub(super) is_live: bool,
}

/// A file of a source, open: its name may lead elsewhere by now.
pub(super) struct Opened<'f> {
    pub(super) one: &'f Found,
    pub(super) file: Arc<File>,
    pub(super) stat: sys::Stat,
    pub(super) head: Vec<u8>,
}

impl Found {
    pub(super) fn state(&self) -> GenerationState {
        if self.is_live { GenerationState::Live } else { GenerationState::Rotated }
    }

    /// Opens it, if it is still the file that was seen under this name.
    fn open(&self, source: &Source) -> Result<Option<Opened<'_>>, Error> {
        let (file, stat) = source.open(&self.path)?;
        if stat.file != self.stat.file {
            return Ok(None);
        }
        let head = body::head(&file, self.form).map_err(|cause| Error::io(&self.path, cause))?;
        Ok(Some(Opened { one: self, file, stat, head }))
    }
}

impl Opened<'_> {
    /// The generation of its inode. That of an archive is not asked for: it is not the inode of the log.
    pub(super) fn version(&self) -> u32 {
        if self.one.form == Form::Plain { sys::version(&self.file) } else { 0 }
    }

    fn observed(&self) -> Observed {
        Observed {
            path: self.one.path.clone(),
            file: self.stat.file,
            version: self.version(),
            size: self.stat.size,
            compressed: self.one.form != Form::Plain,
            is_live: self.one.is_live,
        }
    }
}

impl Source {
    /// Looks at the source's folder and takes up, continues or leaves generations.
    pub(super) fn rescan(&mut self, folders: &mut Folders, setting: &mut Setting) -> Vec<Notice> {
        self.is_stuck = false;
        self.blind = None;
        // A folder that is not there is named below.
        self.disk = sys::disk(&super::siblings::folder_of(&self.path)).unwrap_or(self.disk);
        let mut errors = Vec::new();
        let Some(found) = self.list(folders, &mut errors) else { return self.notices(errors) };
        if errors.iter().all(|error| self.is_settled(error)) {
            self.leave_removed(&found);
        }
        if let Err(error) = self.follow(&found, setting) {
            errors.push(error);
        }
        let found = if self.cut_off.is_empty() {
            found
        } else {
            // The copy of what was emptied may have a name that is not known yet.
            folders.forget(&super::siblings::folder_of(&self.path));
            let Some(found) = self.list(folders, &mut errors) else { return self.notices(errors) };
            found
        };
        let mut present = HashSet::new();
        let mut strangers = Vec::new();
        for one in &found {
            match self.meet_known(one, &mut present) {
                Ok(true) => {}
                Ok(false) => strangers.push(one),
                Err(error) => errors.push(error),
            }
        }
        let mut is_sure = true;
        for one in strangers {
            match self.meet_stranger(one, &mut present, setting) {
                Ok(sure) => is_sure &= sure,
                Err(error) => errors.push(error),
            }
        }
        let files: HashSet<_> = found.iter().map(|one| one.stat.file).collect();
        self.looked.retain(|file, _| files.contains(file));
        self.unfinished.retain(|file, _| files.contains(file));
        // A file that could not be looked at may be the one that is missed, or the copy of what was cut off.
        if is_sure && errors.iter().all(|error| self.is_settled(error)) {
            self.give_up(&present);
            // Names that changed meanwhile may have hidden the copy: the next look sees where it is.
            if self.cut_off.is_empty() || self.is_still_so(&found, folders) {
                self.tell_all_cut_off();
            }
            self.forget_gone(files);
        }
        self.order(&found);
        // A live file that may not be read is still seen for the first time once it may.
        self.is_new &= !errors.iter().all(Error::is_missing);
        self.notices(errors)
    }

    /// The files of the source, oldest first, the live one last.
    pub(super) fn list(&self, folders: &mut Folders, errors: &mut Vec<Error>) -> Option<Vec<Found>> {
        let modified = |path: &Path| sys::stat(path, false).map_or(0, |stat| stat.modified_ns);
        let siblings = match folders.siblings(&self.path, modified) {
            Ok(siblings) => siblings,
            Err(cause) => {
                errors.push(Error::io(&super::siblings::folder_of(&self.path), cause));
                return None;
            }
        };
        let live = std::iter::once((self.path.clone(), Form::Plain));
        let mut found = Vec::new();
        for (path, form) in siblings.into_iter().chain(live) {
            let is_live = path == self.path;
            match self.stat(&path).and_then(|stat| stat.regular(&path).map(|()| stat)) {
                Ok(stat) => found.push(Found { path, form, stat, is_live }),
                Err(error) => errors.push(error),
            }
        }
        Some(found)
    }

    /// Whether the source's files have the names they were found under. A folder that is read while files are renamed may
    /// leave some of them out.
    fn is_still_so(&self, found: &[Found], folders: &mut Folders) -> bool {
        folders.forget(&super::siblings::folder_of(&self.path));
        let names =
            |found: &[Found]| found.iter().map(|one| (one.path.clone(), one.stat.file)).collect::<Vec<_>>();
        self.list(folders, &mut Vec::new()).is_some_and(|again| names(&again) == names(found))
    }

    /// Archives that were removed before their turn came.
    fn leave_removed(&mut self, found: &[Found]) {
        let is_named = |reader: &Reader| found.iter().any(|one| one.stat.file == reader.held);
        while let Some(at) = self.readers.iter().position(|reader| reader.is_unopened() && !is_named(reader))
        {
            self.leave(at, GenerationState::Lost, Some(GapCause::Vanished));
        }
    }

    /// Follows the held files to their new names, and finds the ones that shrank or were overwritten.
    fn follow(&mut self, found: &[Found], setting: &mut Setting) -> Result<(), Error> {
        let now = sys::uptime();
        let mut at = 0;
        while at < self.readers.len() {
            self.reopen(at, found)?;
            let reader = &mut self.readers[at];
            let path = PathBuf::from(&reader.generation.path);
            if !fault::guards("open-stays") && sys::open(&path, sys::Links::Followed).is_err() {
                let reader = self.readers.remove(at);
                self.known.push(reader.generation);
                continue;
            }
            let changed = reader.check(now).map_err(|cause| Error::io(&path, cause))?;
            if reader.is_remote && changed == Some(GapCause::Vanished) {
                // Renamed on the other machine, most likely: the bytes say which file it is now.
                let generation = self.readers.remove(at).generation;
                self.known.push(Generation { file: FileId::default(), ..generation });
                continue;
            }
            let name = found.iter().rfind(|one| one.stat.file == reader.held);
            let state = name.map_or(GenerationState::Rotated, Found::state);
            let new_path = name.map_or(path, |one| one.path.clone());
            if let Input::Packed { path, .. } = &mut reader.input {
                path.clone_from(&new_path);
            }
            let new_path = new_path.to_string_lossy().into_owned();
            if state != reader.generation.state || new_path != reader.generation.path {
                if state != reader.generation.state {
                    reader.quiet_since = now;
                }
                reader.generation.state = state;
                reader.generation.path = new_path;
                let (generation, modified) = (reader.generation.clone(), reader.origin().modified);
                self.tell(&generation, modified, None);
            }
            if let Some(cause) = changed {
                self.replace(at, cause, setting)?;
            }
            at += 1;
        }
        Ok(())
    }

    /// A descriptor says nothing of what another machine has put under the file's name.
    fn reopen(&mut self, at: usize, found: &[Found]) -> Result<(), Error> {
        let Some(one) = found.iter().find(|one| one.stat.file == self.readers[at].held) else {
            return Ok(());
        };
        let reader = &mut self.readers[at];
        reader.is_remote = self.disk == sys::Disk::Remote;
        if reader.is_remote && one.form == Form::Plain && reader.differs(&one.stat) {
            let (file, _) = self.open(&one.path)?;
            self.readers[at].input = Input::Plain(file);
        }
        Ok(())
    }

    /// Deals with a file that we know by its inode. False: it is a stranger.
    fn meet_known(&mut self, one: &Found, present: &mut HashSet<i64>) -> Result<bool, Error> {
        if self.readers.iter().any(|reader| reader.held == one.stat.file) {
            return Ok(true);
        }
        let same_file = |generation: &&Generation| generation.file == one.stat.file;
        let candidates: Vec<_> = self.known.iter().rev().filter(same_file).cloned().collect();
        if candidates.is_empty() {
            return Ok(false);
        }
        let path = one.path.to_string_lossy();
        if let Some(same) = candidates.iter().find(|known| known.path == path)
            && self.is_looked_at(one)
        {
            present.insert(same.id);
            return Ok(true);
        }
        let Some(opened) = one.open(self)? else {
            // Renamed between two looks: the next rescan sees it as it is.
            present.extend(candidates.iter().map(|known| known.id));
            return Ok(true);
        };
        for generation in candidates {
            let prints = match one.form {
                Form::Plain => body::prints(&opened.file, one.form, &[generation.offset])
                    .map_err(|cause| Error::io(&one.path, cause))?,
                Form::Packed(_) => Prints { head: opened.head.clone(), ..Prints::default() },
            };
            match decide(&generation, &opened.observed(), &prints) {
                Decision::Resume => {
                    present.insert(generation.id);
                    self.resume(generation, &opened, &prints)?;
                    return Ok(true);
                }
                Decision::Restart(cause) => self.lose(generation, cause),
                Decision::Continue | Decision::Stranger => {}
            }
        }
        // Nothing that we knew stands in it any more; a copy of the old bytes may still be found by content.
        Ok(false)
    }

    /// Deals with a file whose inode tells nothing. False: it is too early to say what it is.
    fn meet_stranger(
        &mut self,
        one: &Found,
        present: &mut HashSet<i64>,
        setting: &mut Setting,
    ) -> Result<bool, Error> {
        if self.is_looked_at(one) || (one.stat.size == 0 && !one.is_live) {
            return Ok(true);
        }
        // It may be the copy that was made of a file before that was emptied.
        if !one.is_live && self.readers.iter().any(Reader::is_short) {
            return Ok(false);
        }
        let Some(opened) = one.open(self)? else { return Ok(false) };
        let head = &opened.head;
        if head.is_empty() && one.form != Form::Plain && self.is_unfinished(one) {
            return Ok(false);
        }
        let is_like = |generation: &Generation| {
            generation.head_len > 0
                && head.get(..generation.head_len as usize).map(print).as_ref() == Some(&generation.head_hash)
        };
        let known: Vec<_> = self.known.iter().filter(|known| is_like(known)).cloned().collect();
        let is_new = known.is_empty() && !self.readers.iter().any(|reader| begins_alike(reader, head));
        if is_new || !fault::guards("content") {
            if !one.is_live && self.is_cut_off_now(&one.path)? {
                return Ok(false);
            }
            return self.take_up_new(&opened, setting).map(|()| true);
        }
        let being_read = self.readers.iter().map(|reader| reader.generation.offset);
        let offsets: Vec<_> = known.iter().map(|known| known.offset).chain(being_read).collect();
        let prints =
            body::prints(&opened.file, one.form, &offsets).map_err(|cause| Error::io(&one.path, cause))?;
        if prints.damaged && self.is_unfinished(one) {
            return Ok(false);
        }
        if !one.is_live && self.is_copy_of_held(one, &prints) {
            return Ok(true);
        }
        if let Some(held) = self.replaced(&opened, &prints) {
            return self.go_on_after(held, &opened, setting);
        }
        let best = known
            .iter()
            .filter(|known| decide(known, &opened.observed(), &prints) == Decision::Continue)
            .max_by_key(|known| (!present.contains(&known.id), known.offset))
            .cloned();
        match best {
            Some(best) if !present.contains(&best.id) => {
                present.insert(best.id);
                self.resume(best, &opened, &prints)?;
            }
            Some(best) if self.end_of(&best) == prints.length && !one.is_live => {
                self.pass_over(&opened, setting)?;
            }
            _ if self.was_copy_of(one, &known) => self.pass_over(&opened, setting)?,
            _ => self.take_up(&opened, setting)?,
        }
        Ok(true)
    }

    /// Whether a held file was emptied since this look began: what looks new may be the copy of what it held.
    fn is_cut_off_now(&mut self, path: &Path) -> Result<bool, Error> {
        let now = sys::uptime();
        for reader in &mut self.readers {
            if reader.check(now).map_err(|cause| Error::io(path, cause))?.is_some() || reader.is_short() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether a file is a copy of the beginning of a file that is held. If the held one was deleted, the copy is
    /// what is left of it (compressed, mostly), and the generation goes by its name from now on.
    fn is_copy_of_held(&mut self, one: &Found, prints: &Prints) -> bool {
        let Some(at) = self.readers.iter().position(|reader| is_prefix(reader, prints)) else { return false };
        let reader = &mut self.readers[at];
        let id = reader.generation.id;
        if reader.is_gone {
            reader.generation.file = one.stat.file;
            one.path.to_string_lossy().as_ref().clone_into(&mut reader.generation.path);
            let generation = reader.generation.clone();
            self.tell(&generation, one.stat.modified(), None);
        }
        self.note(one, Some((id, prints.length)));
        true
    }

    /// The held file that a live one has taken the place of (written beside it and renamed over it), by its bytes.
    fn replaced(&self, opened: &Opened<'_>, prints: &Prints) -> Option<usize> {
        let is_replaced = |reader: &Reader| {
            reader.generation.state == GenerationState::Rotated
                && decide(&reader.generation, &opened.observed(), prints) == Decision::Continue
        };
        if !opened.one.is_live || !fault::guards("rename-over") {
            return None;
        }
        self.readers.iter().rposition(is_replaced)
    }

    /// Sorts the readers: what has no name any more is oldest, then by name.
    fn order(&mut self, found: &[Found]) {
        let place = |reader: &Reader| found.iter().position(|one| one.stat.file == reader.held);
        self.readers.sort_by_key(|reader| place(reader).map_or(0, |place| place + 1));
    }

    /// Whether an error hides no bytes: no live file, or something that is no log. A sibling that vanished while the
    /// folder was read stands under another name by now.
    fn is_settled(&self, error: &Error) -> bool {
        match error {
            Error::Io { path, .. } => error.is_missing() && *path == self.path,
            Error::NotRegular { .. } => true,
        }
    }

    /// Whether an error is about the live file or its folder, not about a sibling.
    fn is_at(&self, error: &Error) -> bool {
        error.path() == self.path || error.path() == super::siblings::folder_of(&self.path)
    }

    /// What to tell people. A live file may be missing for a moment between two steps of a rotation: it is named
    /// when it is missing twice.
    fn notices(&mut self, mut errors: Vec<Error>) -> Vec<Notice> {
        let is_refused = errors.iter().any(|error| !error.is_missing());
        self.refusals = if is_refused { self.refusals.saturating_add(1) } else { 0 };
        errors.retain(|error| !error.is_missing() || self.is_at(error));
        let is_missing = errors.iter().any(Error::is_missing);
        let is_told = !is_missing || std::mem::replace(&mut self.was_missing, true);
        self.was_missing = is_missing;
        let errors = errors.into_iter().filter(|error| is_told || !error.is_missing());
        let mut notices = Vec::new();
        for error in errors {
            if self.is_at(&error) {
                self.blind = Some(error.to_string());
            }
            notices.push(Notice {
                path: error.path().to_owned(),
                what: error.to_string(),
                hint: error.hint(),
            });
        }
        notices
    }
}

/// Whether a file whose first bytes are `head` could be a copy of a held one.
fn begins_alike(reader: &Reader, head: &[u8]) -> bool {
    let Input::Plain(file) = &reader.input else { return false };
    !head.is_empty() && sys::range(file, 0, head.len() as u64).is_ok_and(|own| own == head)
}

/// Whether a file's bytes are the first bytes of a held one, by head, length and tail.
fn is_prefix(reader: &Reader, prints: &Prints) -> bool {
    let Input::Plain(file) = &reader.input else { return false };
    let tail = prints.length - prints.tail.len() as u64;
    begins_alike(reader, &prints.head)
        && sys::range(file, tail, prints.length).is_ok_and(|own| own == prints.tail)
}
