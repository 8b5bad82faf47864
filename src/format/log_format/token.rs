//! What a format string is made of, and the one regular expression that reads the lines it writes.

use regex::bytes::{Regex, RegexBuilder};

use super::LogFormatError;
use crate::format::layout::Layout;

/// A piece of a format string.
#[derive(Clone, Debug)]
pub(super) enum Token {
    /// Text that stands in every line.
    Literal(String),
    /// What the server puts in its place.
    Field(Part),
}

/// What a directive or variable writes. Of those with a number the smallest is taken, and of several the first.
#[derive(Clone, Debug)]
pub(super) enum Part {
    Client(u8),
    User,
    Time(Piece),
    Request,
    Method,
    /// Path with its query.
    Target,
    Path,
    /// `?` where a query follows.
    Mark,
    Query,
    /// The query with its `?`; with `true` a `-` may stand for none, as nginx writes `$is_args$args`.
    MarkedQuery(bool),
    /// The file on the server.
    File,
    Status(u8),
    /// Of the body.
    Bytes,
    /// With the headers: an upper bound.
    AllBytes,
    Referrer,
    Agent,
    Attachment,
    /// The server's own id of a request.
    RequestId,
    /// Addresses as a proxy or a client says them.
    Forwarded,
    /// Written by anybody.
    Other,
    /// `X`, `+`, `-`.
    Aborted,
    /// `OK`, or nothing.
    Completion,
    Number,
    /// Opaque, without blanks.
    Word,
    /// Opaque.
    Opaque,
}

/// A time, or a part of one.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    /// As [`Layout::new`] takes it.
    layout: String,
    /// A regular expression.
    shape: String,
    bracketed: bool,
    /// When the request was answered, not when it came.
    pub(super) is_end: bool,
    pub(super) conditional: bool,
}

/// What a group of the expression is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Slot {
    Client,
    User,
    Time,
    Request,
    Method,
    Target,
    Path,
    Query,
    Status,
    Bytes,
    AllBytes,
    Referrer,
    Agent,
    Attachment,
    Forwarded,
    Other,
    Aborted,
    Completion,
    RequestId,
}

/// A format string as it reads lines.
#[derive(Debug)]
pub(super) struct Compiled {
    regex: Regex,
    /// What each group is, in their order.
    pub(super) slots: Vec<Slot>,
    pub(super) layout: Layout,
}

impl Compiled {
    /// Gives what stands in a line; none where the line was not written so.
    pub(super) fn read<'l>(&self, text: &'l [u8], mut take: impl FnMut(Slot, &'l [u8])) -> Option<()> {
        let found = self.regex.captures(text)?;
        for (nth, slot) in self.slots.iter().enumerate() {
            if let Some(group) = found.get(nth + 1) {
                take(*slot, group.as_bytes());
            }
        }
        Some(())
    }
}

/// Makes the expression; the server `escapes` quotes within values with a backslash.
///
/// A value ends where what follows fits for the first time, so a quoted one at the first quote without a backslash, and
/// a user's name with blanks at the time behind it. Behind the time, the request and the status a line may be cut short
/// anywhere.
pub(super) fn compile(tokens: Vec<Token>, escapes: bool) -> Result<Compiled, LogFormatError> {
    let tokens = joined(tokens);
    let groups = groups(&tokens);
    let layout = layout(&tokens, &groups)?;
    let text = expression(&tokens, &groups, escapes);
    let regex = RegexBuilder::new(&text)
        .unicode(false)
        .dot_matches_new_line(true)
        .size_limit(EXPRESSION_BYTES_MAX)
        .nest_limit(FIELDS_MAX)
        .build();
    let regex = regex.map_err(|_| {
        let what = format!("a log format of more than {FIELDS_MAX} fields, or too large a one");
        LogFormatError::new(what, "log fewer of them, or write a format in formats.d")
    })?;
    Ok(Compiled { regex, slots: groups.into_iter().map(|(_, slot)| slot).collect(), layout })
}

/// The expression of a whole line.
fn expression(tokens: &[Token], groups: &[(usize, Slot)], escapes: bool) -> String {
    let is_needed =
        |slot: &Slot| matches!(slot, Slot::Time | Slot::Request | Slot::Target | Slot::Path | Slot::Status);
    let needed = groups.iter().filter(|(_, slot)| is_needed(slot)).map(|(at, _)| *at).max();
    let needed = needed.expect("there is a time");
    let mut quoted = false;
    let mut shapes = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        shapes.push(match token {
            Token::Literal(text) => {
                quoted ^= text.matches('"').count() % 2 == 1;
                regex::escape(text)
            }
            Token::Field(part) => {
                let is_group = groups.iter().any(|(group, _)| *group == at);
                let shape = shape(part, quoted && escapes, is_group);
                if at > needed { format!("(?:{shape}|)") } else { shape }
            }
        });
    }
    let mut tail = String::new();
    for (token, shape) in tokens.iter().zip(&shapes).skip(needed + 1).rev() {
        tail = match token {
            Token::Literal(text) => format!("(?:{shape}{tail}{})?", beginnings(text)),
            Token::Field(_) => format!("{shape}{tail}"),
        };
    }
    format!("^{}{tail}$", shapes[..=needed].concat())
}

/// The largest compiled expression.
const EXPRESSION_BYTES_MAX: usize = 1 << 20;
/// How many fields there may be behind those that must be there.
const FIELDS_MAX: u32 = 500;

/// `|" |"`: what a cut leaves of a literal, the longest first.
fn beginnings(text: &str) -> String {
    let ends: Vec<usize> = text.char_indices().skip(1).map(|(at, _)| at).collect();
    ends.iter().rev().map(|end| "|".to_owned() + &regex::escape(&text[..*end])).collect()
}

/// Which tokens are what, in their order.
fn groups(tokens: &[Token]) -> Vec<(usize, Slot)> {
    let claims: Vec<(Slot, u8, usize)> = tokens
        .iter()
        .enumerate()
        .filter_map(|(at, token)| match token {
            Token::Literal(_) => None,
            Token::Field(part) => claim(part).map(|(slot, rank)| (slot, rank, at)),
        })
        .collect();
    let has = |slot| claims.iter().any(|(other, ..)| *other == slot);
    let said_twice: &[Slot] = if has(Slot::Request) {
        &[Slot::Target, Slot::Path, Slot::Method, Slot::Query]
    } else if has(Slot::Target) {
        &[Slot::Path, Slot::Query]
    } else {
        &[]
    };
    let is_best = |(slot, rank, at): &&(Slot, u8, usize)| {
        let is_better = |other: &(Slot, u8, usize)| other.0 == *slot && (other.1, other.2) < (*rank, *at);
        let is_many = matches!(slot, Slot::Forwarded | Slot::Other);
        !said_twice.contains(slot) && (is_many || !claims.iter().any(is_better))
    };
    claims.iter().filter(is_best).map(|(slot, _, at)| (*at, *slot)).collect()
}

/// What a part is good for, and the smaller number is the better one.
fn claim(part: &Part) -> Option<(Slot, u8)> {
    Some(match part {
        Part::Client(rank) => (Slot::Client, *rank),
        Part::User => (Slot::User, 0),
        Part::Time(piece) if piece.is_whole() => (Slot::Time, u8::from(piece.is_end)),
        Part::Request => (Slot::Request, 0),
        Part::Method => (Slot::Method, 0),
        Part::Target => (Slot::Target, 0),
        Part::Path => (Slot::Path, 0),
        Part::File => (Slot::Path, 1),
        Part::Query | Part::MarkedQuery(_) => (Slot::Query, 0),
        Part::Status(rank) => (Slot::Status, *rank),
        Part::Bytes => (Slot::Bytes, 0),
        Part::AllBytes => (Slot::AllBytes, 0),
        Part::Referrer => (Slot::Referrer, 0),
        Part::Agent => (Slot::Agent, 0),
        Part::Attachment => (Slot::Attachment, 0),
        Part::Forwarded => (Slot::Forwarded, 0),
        Part::Other => (Slot::Other, 0),
        Part::Aborted => (Slot::Aborted, 0),
        Part::Completion => (Slot::Completion, 0),
        Part::RequestId => (Slot::RequestId, 0),
        Part::Time(_) | Part::Mark | Part::Number | Part::Word | Part::Opaque => return None,
    })
}

/// How the time is written. Without a time and a request a log is no evidence of anything.
fn layout(tokens: &[Token], groups: &[(usize, Slot)]) -> Result<Layout, LogFormatError> {
    let is_source = |slot: &Slot| matches!(slot, Slot::Request | Slot::Target | Slot::Path);
    if !groups.iter().any(|(_, slot)| is_source(slot)) {
        let what = "a log format without the request";
        let way_out = "log \"%r\", \"$request\" or the path (%U, $request_uri): it says what was fetched";
        return Err(LogFormatError::new(what, way_out));
    }
    let time = groups.iter().find(|(_, slot)| *slot == Slot::Time).map(|(at, _)| &tokens[*at]);
    let Some(Token::Field(Part::Time(piece))) = time else {
        let what = "a log format without a time of day and date";
        let way_out = "log %t, $time_local or $time_iso8601: what has no time belongs to no incident";
        return Err(LogFormatError::new(what, way_out));
    };
    Layout::new(&piece.layout).map_err(|what| LogFormatError::new(what, "see strftime(3)"))
}

/// The expression of a field, with a group where it is wanted.
fn shape(part: &Part, escaped: bool, is_group: bool) -> String {
    let text = if escaped { r"(?:\\(?:.|$)|[^\\])*?" } else { ".*?" };
    let group = |shape: &str| if is_group { format!("({shape})") } else { format!("(?:{shape})") };
    match part {
        Part::Client(_) => group(r"[\w.:%\[\]-]*?"),
        Part::Word | Part::RequestId => group(r#"[^\s"]*?"#),
        Part::Number => group(r"[-+.\d]*?"),
        // Where no quote shows its end, a user's name with blanks may stand in front of it.
        Part::Path if !escaped => group(&format!(r"(?:[/*-]|\w[\w.+-]*:){text}|")),
        Part::Status(_) => group(r"\d{3}|-"),
        Part::Bytes | Part::AllBytes => group(r"\d+|-"),
        Part::Aborted => group("[-+X]"),
        Part::Completion => group("OK|-|"),
        Part::Mark => group(r"\??"),
        Part::MarkedQuery(dash) => format!(r"(?:\?{}{})?", group(text), if *dash { "|-" } else { "" }),
        Part::Time(piece) => {
            let inner = group(&piece.shape);
            let inner = if piece.bracketed { format!(r"\[{inner}\]") } else { inner };
            if piece.conditional { format!("(?:{inner}|-)") } else { inner }
        }
        _ => group(text),
    }
}

/// Literals in one piece, a `?` and the query behind it as one, and the pieces of a time as one time.
fn joined(tokens: Vec<Token>) -> Vec<Token> {
    let mut joined: Vec<Token> = Vec::new();
    for token in tokens {
        match (joined.last_mut(), token) {
            (_, Token::Literal(text)) if text.is_empty() => {}
            (Some(Token::Literal(before)), Token::Literal(text)) => before.push_str(&text),
            (Some(Token::Field(before @ Part::Mark)), Token::Field(Part::Query)) => {
                *before = Part::MarkedQuery(true);
            }
            (_, Token::Field(Part::Time(piece))) => join_time(&mut joined, piece),
            (_, token) => joined.push(token),
        }
    }
    joined
}

/// `%{%d/%b/%Y %T}t.%{msec_frac}t %{%z}t` is one time, whose layout is all of that.
fn join_time(joined: &mut Vec<Token>, piece: Piece) {
    let between = match &joined[..] {
        [.., Token::Field(Part::Time(before)), Token::Literal(text)] if before.goes_on_with(&piece) => {
            Some(text.clone())
        }
        [.., Token::Field(Part::Time(before))] if before.goes_on_with(&piece) => Some(String::new()),
        _ => None,
    };
    let Some(between) = between else { return joined.push(Token::Field(Part::Time(piece))) };
    if !between.is_empty() {
        joined.pop();
    }
    if let Some(Token::Field(Part::Time(before))) = joined.last_mut() {
        before.layout += &(between.replace('%', "%%") + &piece.layout);
        before.shape += &(regex::escape(&between) + &piece.shape);
    }
}

impl Piece {
    fn new(layout: &str, shape: &str) -> Self {
        let (layout, shape) = (layout.to_owned(), shape.to_owned());
        Self { layout, shape, bracketed: false, is_end: false, conditional: false }
    }

    /// `21/Nov/2026:23:52:18 +0000`.
    pub(super) fn clf() -> Self {
        Self::new("clf", r"\d\d/\w{3}/\d{4}:\d\d:\d\d:\d\d [-+]\d{4}")
    }

    /// The same as Apache's `%t` has it.
    pub(super) fn bracketed() -> Self {
        Self { bracketed: true, ..Self::clf() }
    }

    /// `2026-11-21T23:52:18+00:00`.
    pub(super) fn iso() -> Self {
        Self::new("iso", r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:Z|[-+]\d\d:\d\d)")
    }

    /// Units since the epoch.
    pub(super) fn epoch(layout: &str) -> Self {
        Self::new(layout, r"\d+(?:\.\d+)?")
    }

    /// Digits of the second.
    pub(super) fn fraction(layout: &str) -> Self {
        Self::new(layout, r"\d+")
    }

    /// By letters of strftime(3); the error says which there is not.
    pub(super) fn strftime(layout: &str) -> Result<Self, String> {
        if !layout.contains('%') {
            return Err(format!("`{layout}` is no layout of a time"));
        }
        let mut shape = String::new();
        let mut rest = layout;
        while let Some(percent) = rest.find('%') {
            shape += &regex::escape(&rest[..percent]);
            let letters = &rest[percent + 1..];
            let len = letters.find(|c: char| c.is_ascii_alphabetic() || c == '%');
            let len = len.ok_or_else(|| format!("`{layout}` ends with a `%`"))?;
            shape += match &letters[len..=len] {
                "b" | "B" | "h" | "a" | "A" | "p" | "P" | "Z" => "[A-Za-z]+",
                "z" => r"[-+]\d\d:?\d\d",
                "F" => r"\d+-\d+-\d+",
                "T" => r"\d+:\d+:\d+",
                "R" => r"\d+:\d+",
                "D" => r"\d+/\d+/\d+",
                "%" => "%",
                "d" | "e" | "H" | "I" | "k" | "l" | "m" | "M" | "S" | "y" | "Y" | "j" | "s" | "C" | "u" => {
                    r" ?\d+"
                }
                _ => r#"[^"\[\]]+?"#,
            };
            rest = &letters[len + 1..];
        }
        shape += &regex::escape(rest);
        // The layout of a piece alone may be no time; that it is made of letters is seen here.
        Layout::new(&format!("{layout}%%")).map(|_| Self::new(layout, &shape))
    }

    /// Day, clock, fraction and zone: which of them it states.
    fn units(&self) -> [bool; 4] {
        let mut units = [false; 4];
        let mut rest = self.layout.as_str();
        while let Some((_, letters)) = rest.split_once('%') {
            let letter = letters.trim_start_matches(|c: char| !c.is_ascii_alphabetic() && c != '%');
            match letter.chars().next().unwrap_or('%') {
                's' | 'c' | '+' => (units[0], units[1]) = (true, true),
                'z' | 'Z' => units[3] = true,
                'f' => units[2] = true,
                'H' | 'I' | 'k' | 'l' | 'M' | 'S' | 'T' | 'R' | 'X' | 'r' | 'p' | 'P' => units[1] = true,
                '%' => {}
                _ => units[0] = true,
            }
            rest = letter.get(1..).unwrap_or_default();
        }
        units
    }

    fn is_whole(&self) -> bool {
        !self.layout.contains('%') || matches!(self.units(), [true, true, ..])
    }

    /// Whether the next piece states more of the same time and nothing twice.
    fn goes_on_with(&self, next: &Self) -> bool {
        let is_apart = self.units().into_iter().zip(next.units()).all(|(own, other)| !(own && other));
        self.layout.contains('%') && next.layout.contains('%') && self.is_end == next.is_end && is_apart
    }
}
