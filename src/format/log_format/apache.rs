//! Apache's directives (`mod_log_config`, `mod_logio`, `mod_ssl`).

use super::LogFormatError;
use super::nginx::header_of_request;
use super::token::{Part, Piece, Token};

/// One directive: `%`, modifiers, and a letter.
#[derive(Default)]
struct Directive<'f> {
    /// `%{…}`.
    argument: Option<&'f str>,
    /// `%>s`: of the request as it was answered, after it was sent on within the server.
    last: bool,
    /// `%400,501` or `%!200`: only with these answers, else `-`.
    conditional: bool,
    name: &'f str,
}

/// The tokens of a format string.
pub(super) fn tokens(format: &str) -> Result<Vec<Token>, LogFormatError> {
    let mut tokens = Vec::new();
    let mut rest = format;
    while let Some(percent) = rest.find('%') {
        tokens.push(Token::Literal(literal(format, &rest[..percent])?));
        let at = format.len() - rest.len() + percent;
        let (directive, end) = directive(format, at)?;
        tokens.push(match directive.name {
            "%" => Token::Literal("%".to_owned()),
            _ => Token::Field(part(&directive).map_err(|(what, way_out)| {
                let written = &format[at..format.len() - end.len()];
                LogFormatError::at(format, at, &what.replace("{}", written), way_out)
            })?),
        });
        rest = end;
    }
    tokens.push(Token::Literal(literal(format, rest)?));
    Ok(tokens)
}

/// `\t` is a tabulator there.
fn literal(format: &str, text: &str) -> Result<String, LogFormatError> {
    if text.contains("\\n") || text.contains('\n') {
        let at = format.find("\\n").or(format.find('\n')).unwrap_or(0);
        let way_out = "a record of one line is read here: log one line for each request";
        return Err(LogFormatError::at(format, at, "a line break", way_out));
    }
    Ok(text.replace("\\t", "\t"))
}

/// The directive that begins at `at`, and what follows it. Modifiers stand in any order, as the server takes them.
fn directive(format: &str, at: usize) -> Result<(Directive<'_>, &str), LogFormatError> {
    let mut directive = Directive::default();
    let mut rest = &format[at + 1..];
    loop {
        let Some(mark) = rest.chars().next() else {
            let way_out = "write a letter behind it, or %% for the sign itself";
            return Err(LogFormatError::at(format, at, "a `%` without a directive", way_out));
        };
        let after = &rest[mark.len_utf8()..];
        match mark {
            '!' | ',' | '0'..='9' => directive.conditional = true,
            '>' => directive.last = true,
            '<' => {}
            '{' => {
                let Some((argument, end)) = after.split_once('}') else {
                    let what = format!("a brace that does not close: `%{{{after}`");
                    return Err(LogFormatError::at(format, at, &what, "write %{Name}i"));
                };
                directive.argument = Some(argument);
                rest = end;
                continue;
            }
            // Names of two letters begin with a circumflex.
            '^' => {
                let len: usize = after.chars().take(2).map(char::len_utf8).sum();
                directive.name = &rest[..=len];
                return Ok((directive, &after[len..]));
            }
            _ => {
                directive.name = &rest[..mark.len_utf8()];
                return Ok((directive, after));
            }
        }
        rest = after;
    }
}

const WAY_OUT: &str =
    "see the table of mod_log_config; where another module writes it, put %{x}n in its place here";

/// What a directive writes. The error's `{}` stands for the directive.
fn part(directive: &Directive<'_>) -> Result<Part, (String, String)> {
    let argument = directive.argument;
    let lower = argument.unwrap_or_default().to_ascii_lowercase();
    if matches!(directive.name, "i" | "o" | "C" | "e" | "n" | "x" | "c" | "^ti" | "^to") && lower.is_empty() {
        let way_out = format!("write its name in braces: %{{Name}}{}", directive.name);
        return Err(("a directive `{}` without a name".to_owned(), way_out));
    }
    Ok(match directive.name {
        // Behind a proxy that mod_remoteip trusts, `%{c}a` is the proxy.
        "a" | "h" if lower == "c" => Part::Client(2),
        "a" => Part::Client(0),
        "h" => Part::Client(1),
        "A" | "l" | "L" | "v" | "V" | "R" | "H" => Part::Word,
        "u" => Part::User,
        "t" => Part::Time(piece(argument.unwrap_or_default(), directive.conditional)?),
        "r" => Part::Request,
        "m" => Part::Method,
        "U" => Part::Path,
        "q" => Part::MarkedQuery(false),
        "f" => Part::File,
        "s" => Part::Status(u8::from(!directive.last)),
        "b" | "B" => Part::Bytes,
        "O" => Part::AllBytes,
        "X" => Part::Aborted,
        "D" | "T" | "I" | "S" | "k" | "p" | "P" | "^FB" => Part::Number,
        "i" => header_of_request(&lower),
        "o" | "^to" => header_of_answer(&lower),
        "C" | "^ti" => Part::Other,
        "e" | "n" | "x" | "c" => named(&lower),
        _ => return Err(("no directive `{}`, written".to_owned(), WAY_OUT.to_owned())),
    })
}

/// Of the answer's headers these name what is in it.
fn header_of_answer(name: &str) -> Part {
    match name {
        "content-disposition" => Part::Attachment,
        "location" | "content-location" | "set-cookie" | "x-sendfile" | "x-accel-redirect" => Part::Other,
        _ => Part::Opaque,
    }
}

/// Variables of the environment, notes of modules, and what `mod_ssl` knows: but for ids and ciphers any text.
fn named(name: &str) -> Part {
    let is_opaque = name == "unique_id" || name.starts_with("ssl_") && !name.contains("_dn");
    if is_opaque { Part::Opaque } else { Part::Other }
}

/// `%t` and `%{…}t`.
fn piece(argument: &str, conditional: bool) -> Result<Piece, (String, String)> {
    let (is_end, layout) = match argument.split_once(':') {
        Some(("begin", layout)) => (false, layout),
        Some(("end", layout)) => (true, layout),
        _ => (argument == "end", argument),
    };
    let mut piece = match layout {
        "" | "begin" | "end" => Piece::bracketed(),
        "sec" => Piece::epoch("epoch"),
        "msec" => Piece::epoch("epoch-ms"),
        "usec" => Piece::epoch("epoch-us"),
        "msec_frac" => Piece::fraction("%3f"),
        "usec_frac" => Piece::fraction("%6f"),
        layout => Piece::strftime(layout)
            .map_err(|what| (format!("`{{}}`: {what};"), "see strftime(3)".to_owned()))?,
    };
    (piece.is_end, piece.conditional) = (is_end, conditional);
    Ok(piece)
}
