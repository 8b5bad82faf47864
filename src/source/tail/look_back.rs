//! The lines that stand before a chunk: a hit is found first, and who sent it stands further up, or in the file that
//! was rotated away meanwhile.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::reader::Input;
use super::source::Source;
use super::{CHUNK_BYTES, Chunk};
use crate::batch::FileId;
use crate::line::Origin;
use crate::source::blocks::{Blocks, line_start};
use crate::source::body::{self, Form};
use crate::source::siblings::Folders;
use crate::source::{BackSink, Error, sys};

/// How often a folder is read again because its files change their names meanwhile.
const TRIES_MAX: usize = 8;

/// A file of the source.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Named {
    path: PathBuf,
    form: Form,
    file: FileId,
}

/// A file that was compressed away while others were read has become another file: all is looked at once more.
/// Lines that are delivered twice do no harm, lines that are missed do.
pub(super) fn look_back(
    source: &Source,
    chunk: &Chunk,
    budget: u64,
    is_enough: bool,
    sink: &mut BackSink<'_>,
) -> Result<(), Error> {
    for _ in 0..TRIES_MAX {
        if look_at(source, chunk, &list(source)?, budget, is_enough, sink)? {
            break;
        }
    }
    Ok(())
}

/// The lines before a chunk in the file that it was read from, newest block first (of a compressed file oldest first);
/// nothing where that file has lost its name and is not held.
pub(super) fn before(
    source: &Source,
    chunk: &Chunk,
    budget: u64,
    sink: &mut BackSink<'_>,
) -> Result<(), Error> {
    let mut left = budget;
    match own_file(source, chunk)? {
        Some(Own::Held(file)) => plain(&file, &chunk.origin, chunk.offset, Some(chunk.line), &mut left, sink)
            .map_err(|cause| Error::io(Path::new(&chunk.progress.generation.path), cause)),
        Some(Own::Named(named)) => {
            let before = Part::Before(chunk.offset, chunk.line);
            one(source, &named, before, &mut left, sink).map(|_| ())
        }
        None => Ok(()),
    }
}

/// The beginning of the file that a chunk was read from, up to the chunk.
pub(super) fn head(source: &Source, chunk: &Chunk, max: u64) -> Result<Vec<u8>, Error> {
    let max = max.min(chunk.offset);
    let failed = |cause| Error::io(Path::new(&chunk.progress.generation.path), cause);
    match own_file(source, chunk)? {
        Some(Own::Held(file)) => sys::range(&file, 0, max).map_err(failed),
        Some(Own::Named(named)) => {
            let Some((file, _)) = open(source, &named)? else { return Ok(Vec::new()) };
            let mut head = Vec::new();
            body::bytes(&file, named.form).take(max).read_to_end(&mut head).map_err(failed)?;
            Ok(head)
        }
        None => Ok(Vec::new()),
    }
}

/// The file that a chunk was read from.
enum Own {
    Held(Arc<File>),
    Named(Named),
}

fn own_file(source: &Source, chunk: &Chunk) -> Result<Option<Own>, Error> {
    let id = chunk.progress.generation.id;
    let Some(reader) = source.readers.iter().find(|reader| reader.generation.id == id) else {
        return Ok(None);
    };
    if let Input::Plain(file) = &reader.input {
        return Ok(Some(Own::Held(file.clone())));
    }
    let named = list(source)?.into_iter().find(|named| named.file == reader.held);
    Ok(named.map(Own::Named))
}

/// The files of a source, oldest first, the live one last; read twice, because a folder in which files are being
/// renamed shows some under both names and some under none.
fn list(source: &Source) -> Result<Vec<Named>, Error> {
    let mut files = list_once(source)?;
    for _ in 0..TRIES_MAX {
        let again = list_once(source)?;
        if again == files {
            break;
        }
        files = again;
    }
    Ok(files)
}

fn list_once(source: &Source) -> Result<Vec<Named>, Error> {
    let modified = |path: &Path| sys::stat(path, false).map_or(0, |stat| stat.modified_ns);
    let mut files = Folders::default()
        .siblings(&source.path, modified)
        .map_err(|cause| Error::io(&super::siblings::folder_of(&source.path), cause))?;
    files.push((source.path.clone(), Form::Plain));
    let named = |(path, form): (PathBuf, Form)| {
        let file = source.stat(&path).ok()?.file;
        Some(Named { path, form, file })
    };
    Ok(files.into_iter().filter_map(named).collect())
}

/// Opens a file under the name that it has by now; none if it is gone.
fn open(source: &Source, named: &Named) -> Result<Option<(Arc<File>, sys::Stat)>, Error> {
    let mut path = named.path.clone();
    for _ in 0..TRIES_MAX {
        match source.open(&path) {
            Ok((file, stat)) if stat.file == named.file => return Ok(Some((file, stat))),
            Err(error) if !error.is_missing() && !matches!(error, Error::NotRegular { .. }) => {
                return Err(error);
            }
            _ => {}
        }
        match list(source)?.into_iter().find(|other| other.file == named.file) {
            Some(other) => path = other.path,
            None => break,
        }
    }
    Ok(None)
}

/// Whether all files were still there.
fn look_at(
    source: &Source,
    chunk: &Chunk,
    files: &[Named],
    budget: u64,
    is_enough: bool,
    sink: &mut BackSink<'_>,
) -> Result<bool, Error> {
    let generation = &chunk.progress.generation;
    let reader = source.readers.iter().find(|reader| reader.generation.id == generation.id);
    let is_held = |named: &Named| reader.is_some_and(|reader| named.file == reader.held);
    let is_named = |named: &Named| named.path.to_string_lossy() == generation.path;
    let is_nameless = reader.is_none_or(|reader| reader.is_gone);
    // A file without a name any more stood before the live one.
    let own = files
        .iter()
        .position(is_held)
        .or_else(|| files.iter().position(|named| is_nameless && is_named(named)));
    let older = own.unwrap_or_else(|| files.iter().filter(|named| named.path != source.path).count());
    let newer = own.map_or(older, |own| own + 1);

    let mut are_there = true;
    let mut left = if is_enough { 0 } else { budget };
    if is_enough {
        // Nothing older is wanted.
    } else if let Some(Input::Plain(file)) = reader.map(|reader| &reader.input) {
        plain(file, &chunk.origin, chunk.offset, Some(chunk.line), &mut left, sink)
            .map_err(|cause| Error::io(Path::new(&generation.path), cause))?;
    } else if let Some(named) = own.map(|own| &files[own]) {
        are_there &= one(source, named, Part::Before(chunk.offset, chunk.line), &mut left, sink)?;
    }
    for named in files[..older].iter().rev() {
        if left == 0 {
            break;
        }
        are_there &= one(source, named, Part::Whole, &mut left, sink)?;
    }
    // An archive whose name changed, or a line written late to a renamed file, is read after newer lines were.
    let mut left = budget;
    for named in &files[newer..] {
        are_there &= one(source, named, Part::Read, &mut left, sink)?;
    }
    Ok(are_there)
}

/// What of a file is looked at, if the budget lasts. A budget is spent when there is enough.
#[derive(Clone, Copy, Debug)]
enum Part {
    /// All of it.
    Whole,
    /// What stands before an offset; and the number of the line that starts there.
    Before(u64, u64),
    /// What was read of it so far.
    Read,
}

/// The last lines of a part of a file; false if it is gone.
fn one(
    source: &Source,
    named: &Named,
    part: Part,
    budget: &mut u64,
    sink: &mut BackSink<'_>,
) -> Result<bool, Error> {
    let Some((file, stat)) = open(source, named)? else { return Ok(false) };
    let (path, form) = (&named.path, named.form);
    let path_text = path.to_string_lossy();
    let origin =
        Origin { source: source.id.clone(), path: path_text.as_ref().into(), modified: stat.modified() };
    let failed = |cause| Error::io(path, cause);
    let known = source.known.iter().chain(source.readers.iter().map(|reader| &reader.generation));
    let mut known = known.filter(|known| known.file == stat.file);
    let end = match part {
        Part::Whole => None,
        Part::Before(offset, line) => Some((offset, line)),
        Part::Read => match known.clone().next_back() {
            Some(known) if known.offset > 0 => Some((known.offset, known.lines + 1)),
            _ => return Ok(true),
        },
    };
    if form != Form::Plain {
        let end = match end {
            Some((offset, _)) => offset,
            None => body::prints(&file, form, &[]).map_err(failed)?.length,
        };
        return packed(&file, form, &origin, end, budget, sink).map(|()| true).map_err(failed);
    }
    // Its line count is known if it was read to its end; else its lines are counted.
    let (offset, line) = match end {
        Some((offset, line)) => (offset, Some(line)),
        None => (stat.size, known.rfind(|known| known.offset == stat.size).map(|known| known.lines + 1)),
    };
    plain(&file, &origin, offset, line, budget, sink).map(|()| true).map_err(failed)
}

/// `line` is the number of the line that starts at `end`, if known.
fn plain(
    file: &Arc<File>,
    origin: &Origin,
    end: u64,
    line: Option<u64>,
    budget: &mut u64,
    sink: &mut BackSink<'_>,
) -> std::io::Result<()> {
    let start = line_start(file, end.saturating_sub(*budget), end)?;
    let mut line = match line {
        Some(line) => line,
        None => body::count_lines(file, 0, end)?.0 + 1,
    };
    let mut to = end;
    while to > start {
        let near = start.max(to.saturating_sub(CHUNK_BYTES as u64));
        // A line longer than a block comes in windows.
        let from = Some(line_start(file, near, to)?).filter(|from| *from < to).unwrap_or(near);
        let bytes = sys::range(file, from, to)?;
        if bytes.is_empty() {
            break;
        }
        line = line.saturating_sub(body::newlines(&bytes));
        if sink(origin, from, line, &bytes).is_break() {
            *budget = 0;
            return Ok(());
        }
        to = from;
    }
    *budget = budget.saturating_sub(end - start);
    Ok(())
}

/// A compressed file has no way but forward: it is read from its beginning, and only the last lines are delivered.
fn packed(
    file: &Arc<File>,
    form: Form,
    origin: &Origin,
    end: u64,
    budget: &mut u64,
    sink: &mut BackSink<'_>,
) -> std::io::Result<()> {
    let from = end.saturating_sub(*budget);
    let mut blocks = Blocks::new(body::bytes(file, form));
    blocks.skip_to(from.saturating_sub(1))?;
    let mut is_aligned = from == 0;
    let mut is_enough = false;
    while let Some(mut piece) = blocks.next(CHUNK_BYTES)? {
        if !is_aligned {
            let Some(newline) = memchr::memchr(b'\n', piece.bytes) else { continue };
            piece.bytes = &piece.bytes[newline + 1..];
            piece.offset += newline as u64 + 1;
            piece.line += 1;
            is_aligned = true;
        }
        if piece.offset >= end {
            break;
        }
        let len = piece.bytes.len().min((end - piece.offset) as usize);
        if len > 0 {
            is_enough = sink(origin, piece.offset, piece.line, &piece.bytes[..len]).is_break();
        }
    }
    *budget = if is_enough { 0 } else { budget.saturating_sub(end - from) };
    Ok(())
}
