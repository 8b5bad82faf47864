//! What becomes of a file once it is recognised: gone on with, begun, passed over, or given up.

use std::collections::HashSet;

use super::meet::Opened;
use super::reader::Reader;
use super::source::Source;
use super::{Setting, Start};
use crate::batch::{FileId, Generation, GenerationState, MARKER_BYTES_MAX};
use crate::event::{Gap, GapCause};
use crate::fault;
use crate::source::body::{self, Form};
use crate::source::identity::{Prints, print};
use crate::source::{Error, sys};

/// A generation whose file holds other bytes. Until it is told of, the store has it as it was, so that a start after a
/// crash finds it missing.
#[derive(Debug)]
pub(super) struct CutOff {
    pub(super) id: i64,
    /// When its file was last written, in seconds since the epoch.
    pub(super) modified: i64,
    /// Why what stood behind it may be lost; none where that is not to be told.
    pub(super) cause: Option<GapCause>,
}

impl Source {
    /// Goes on with a generation in a file that holds its bytes.
    pub(super) fn resume(
        &mut self,
        mut generation: Generation,
        opened: &Opened<'_>,
        prints: &Prints,
    ) -> Result<(), Error> {
        let length = prints.length;
        let one = opened.one;
        let is_done = generation.state == GenerationState::Done;
        // One that ends in half a line was read to its end all the same.
        let is_left = is_done && one.form == Form::Plain && !one.is_live && self.is_looked_at(one);
        let is_read = is_left
            || length <= generation.offset
                && match one.form {
                    Form::Plain => !one.is_live && (is_done || generation.state == GenerationState::Lost),
                    // The length of an archive known by its inode is not asked for; that it grew is.
                    Form::Packed(_) => is_done && !self.has_changed(one),
                };
        fault::point("tail.resumed");
        let path = one.path.to_string_lossy().into_owned();
        let is_news = generation.path != path
            || generation.file != one.stat.file
            || generation.state == GenerationState::Lost;
        let id = generation.id;
        self.tell_cut_off(&generation, generation.offset.max(whole_lines(prints)));
        generation.path = path;
        generation.file = one.stat.file;
        generation.version = opened.version();
        if is_read {
            generation.state = GenerationState::Done;
            if is_news {
                self.tell(&generation, one.stat.modified(), None);
            }
            self.known.retain(|known| known.id != id);
            self.known.push(generation);
            self.note(one, None);
            return Ok(());
        }
        generation.state = one.state();
        let reader = reader(generation, opened)?;
        self.known.retain(|known| known.id != id);
        self.insert(self.readers.len(), reader);
        Ok(())
    }

    /// Tells that a generation's file was emptied, if it was: what stood in it behind an offset is in no file.
    fn tell_cut_off(&mut self, generation: &Generation, from: u64) {
        if let Some(at) = self.cut_off.iter().position(|cut_off| cut_off.id == generation.id) {
            let CutOff { modified, cause, .. } = self.cut_off.swap_remove(at);
            // How much was written there before, nobody can tell: the gap is open.
            let gap = cause.map(|cause| Gap { cause, from, to: None });
            self.tell(generation, modified, gap);
        }
    }

    /// The same of those of which no copy was found: everything behind the place that was reached may be lost.
    pub(super) fn tell_all_cut_off(&mut self) {
        let lost =
            self.known.iter().filter(|known| self.cut_off.iter().any(|cut_off| cut_off.id == known.id));
        for generation in lost.cloned().collect::<Vec<_>>() {
            self.tell_cut_off(&generation, generation.offset);
        }
        self.cut_off.clear();
    }

    /// Begins a generation with a file that nothing is known of.
    pub(super) fn take_up(&mut self, opened: &Opened<'_>, setting: &mut Setting) -> Result<(), Error> {
        let Opened { one, head, .. } = opened;
        let is_old = self.is_new && !(setting.has_looked && one.stat.modified() >= setting.started);
        let from_end = self.start == Start::End || !fault::guards("from-beginning");
        if is_old && (if one.is_live { from_end } else { self.start != Start::All }) {
            return self.pass_over(opened, setting);
        }
        fault::point("tail.begun");
        let mut generation = self.begin(&one.path.to_string_lossy(), one.stat.file, one.state(), setting);
        generation.version = opened.version();
        if one.form != Form::Plain {
            generation.head_len = head.len() as u64;
            generation.head_hash = print(head);
        }
        self.insert(self.readers.len(), reader(generation, opened)?);
        Ok(())
    }

    /// Begins a generation with a file whose bytes nobody has seen. Where it has a rotated name and the live file is the one
    /// that it was, these were copied from the live file and cut off there before they were looked at.
    pub(super) fn take_up_new(&mut self, opened: &Opened<'_>, setting: &mut Setting) -> Result<(), Error> {
        let Opened { one, file, .. } = opened;
        let is_held = self.readers.iter().any(|reader| reader.generation.state == GenerationState::Live);
        let is_copy = is_held && !self.is_new && !one.is_live && one.form == Form::Plain;
        self.take_up(opened, setting)?;
        if let Some(reader) = self.readers.last().filter(|reader| is_copy && reader.held == one.stat.file) {
            let prints = body::prints(file, one.form, &[]).map_err(|cause| Error::io(&one.path, cause))?;
            let gap = Gap { cause: GapCause::Truncated, from: whole_lines(&prints), to: None };
            let (generation, modified) = (reader.generation.clone(), reader.origin().modified);
            self.tell(&generation, modified, Some(gap));
        }
        Ok(())
    }

    /// Begins a generation at the place that was reached in a held file of the same bytes. False: that one is not read to
    /// its end yet.
    pub(super) fn go_on_after(
        &mut self,
        held: usize,
        opened: &Opened<'_>,
        setting: &mut Setting,
    ) -> Result<bool, Error> {
        let Opened { one, .. } = opened;
        let before = &self.readers[held];
        if before.has_more() {
            return Ok(false);
        }
        let begun = self.begin(&one.path.to_string_lossy(), one.stat.file, one.state(), setting);
        let Generation { id, path, file, state, .. } = begun;
        let version = opened.version();
        let generation = Generation { id, path, file, version, state, ..before.generation.clone() };
        self.insert(self.readers.len(), reader(generation, opened)?);
        Ok(true)
    }

    /// Records a file as read without reading it, with what is needed to know it again. A plain one is counted, so
    /// that line numbers are right if somebody still writes to it.
    pub(super) fn pass_over(&mut self, opened: &Opened<'_>, setting: &mut Setting) -> Result<(), Error> {
        let Opened { one, file, head, .. } = opened;
        let failed = |cause| Error::io(&one.path, cause);
        let mut generation = self.begin(&one.path.to_string_lossy(), one.stat.file, one.state(), setting);
        generation.version = opened.version();
        generation.head_len = head.len() as u64;
        generation.head_hash = print(head);
        match one.form {
            Form::Plain => {
                let (lines, end) = body::count_lines(file, 0, one.stat.size).map_err(failed)?;
                generation.lines = lines;
                generation.offset = if one.is_live { end } else { one.stat.size };
                let from = generation.offset.saturating_sub(MARKER_BYTES_MAX);
                generation.marker = print(&sys::range(file, from, generation.offset).map_err(failed)?);
            }
            Form::Packed(packing) => {
                generation.offset = body::claimed_length(file, packing, one.stat.size).map_err(failed)?;
            }
        }
        if one.is_live {
            self.insert(self.readers.len(), reader(generation, opened)?);
            return Ok(());
        }
        generation.state = GenerationState::Done;
        self.tell(&generation, one.stat.modified(), None);
        self.known.push(generation);
        self.note(one, None);
        Ok(())
    }

    /// The file of a generation that was not held has other bytes now: its inode is somebody else's, and only content can
    /// find it again.
    pub(super) fn lose(&mut self, mut generation: Generation, cause: GapCause) {
        self.known.retain(|known| known.id != generation.id);
        generation.file = FileId::default();
        if !generation.state.is_over() {
            generation.state = GenerationState::Lost;
            self.cut_off.push(CutOff { id: generation.id, modified: 0, cause: Some(cause) });
        }
        self.known.push(generation);
    }

    /// Generations that were being read and whose bytes are nowhere: what they held beyond the offset may be lost.
    pub(super) fn give_up(&mut self, present: &HashSet<i64>) {
        let is_missing = |known: &&Generation| !known.state.is_over() && !present.contains(&known.id);
        let missing: Vec<_> = self.known.iter().filter(is_missing).cloned().collect();
        for mut generation in missing {
            self.known.retain(|known| known.id != generation.id);
            generation.state = GenerationState::Lost;
            // Where nothing was ever seen in it, whatever file it became is read from its beginning.
            let is_seen = generation.head_len > 0;
            let gap = Gap { cause: GapCause::Vanished, from: generation.offset, to: None };
            self.tell(&generation, 0, is_seen.then_some(gap));
            if is_seen {
                // What comes back under its inode is compared with it: its disk may only have been away.
                self.known.push(generation);
            }
        }
    }
}

/// Where the last whole line of a copy ends: the rest of the one after it is not there. One that is longer than what is
/// known of the copy's end is told from where reading stands.
fn whole_lines(prints: &Prints) -> u64 {
    let newline = memchr::memrchr(b'\n', &prints.tail);
    newline.map_or(0, |newline| prints.length - (prints.tail.len() - newline - 1) as u64)
}

fn reader(generation: Generation, opened: &Opened<'_>) -> Result<Reader, Error> {
    let Opened { one, file, stat, .. } = opened;
    match one.form {
        Form::Plain => {
            Reader::plain(generation, file.clone(), stat).map_err(|cause| Error::io(&one.path, cause))
        }
        Form::Packed(_) => Ok(Reader::packed(generation, &one.path, stat)),
    }
}
