//! The format string out of what surrounds it in a server's configuration: the directive, its other arguments, quotes.

use super::LogFormatError;

/// Whose language a string is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Server {
    Apache,
    Nginx,
}

/// A format string as the server understands it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Pasted {
    pub(super) server: Server,
    pub(super) format: String,
    /// The server writes a quote within a value with a backslash.
    pub(super) escapes: bool,
}

/// A word of a directive.
struct Word {
    text: String,
    quoted: bool,
}

/// The string that was pasted, with or without its directive.
pub(super) fn unwrap(text: &str) -> Result<Pasted, LogFormatError> {
    // Apache goes on in the next line behind a backslash.
    let text = text.replace("\\\r\n", "").replace("\\\n", "");
    let text = text.trim();
    // Behind a string without quotes a semicolon is the string's own.
    let is_directive = text.starts_with(['"', '\'']) || text.starts_with("log_format");
    let text = text.strip_suffix(';').filter(|_| is_directive).unwrap_or(text);
    let (directive, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    let mut escapes = true;
    let (server, format) = match directive.to_ascii_lowercase().as_str() {
        "logformat" | "transferlog" => (Some(Server::Apache), first(rest, 0)?),
        "customlog" | "globallog" => (Some(Server::Apache), first(rest, 1)?),
        "log_format" => {
            let words = words(rest).ok_or_else(|| unclosed(rest))?;
            let (options, pieces): (Vec<_>, Vec<_>) =
                words.into_iter().skip(1).partition(|word| word.text.starts_with("escape="));
            escapes = !options.iter().any(|option| option.text == "escape=none");
            (Some(Server::Nginx), joined(pieces))
        }
        "access_log" => {
            let what = "an `access_log` names its format and does not hold it";
            return Err(LogFormatError::new(what, "paste the `log_format` of that name"));
        }
        _ => (None, bare(text)),
    };
    if format.trim_start().starts_with('{') {
        let what = "a log format that writes JSON";
        let way_out = "write format = \"nginx-json\", or a file in formats.d with framing = \"json\"";
        return Err(LogFormatError::new(what, way_out));
    }
    let server = server.unwrap_or_else(|| server_of(&format));
    Ok(Pasted { server, format, escapes })
}

/// The argument of a directive of Apache that is the format, behind `skipped` others.
fn first(rest: &str, skipped: usize) -> Result<String, LogFormatError> {
    let word = words(rest).ok_or_else(|| unclosed(rest))?.into_iter().nth(skipped);
    let Some(word) = word else {
        let what = format!("a directive without its format: `{rest}`");
        return Err(LogFormatError::new(what, "paste the whole line of the configuration"));
    };
    if !word.quoted && !word.text.contains('%') {
        let what = format!("`{}` is the name of a format and not the format", word.text);
        return Err(LogFormatError::new(what, "paste the `LogFormat` of that name"));
    }
    Ok(word.text)
}

/// A string alone: in quotes, in several pieces of them, or without.
fn bare(text: &str) -> String {
    if let Some(words) = words(text).filter(|words| words.first().is_some_and(|word| word.quoted)) {
        let is_nickname = |word: &Word| !word.quoted && !word.text.contains(['%', '$']);
        if words[1..].iter().all(is_nickname) {
            return words.into_iter().take(1).map(|word| word.text).collect();
        }
        // Two values in quotes begin with one too; of nginx's pieces the first is a piece in single quotes.
        if text.starts_with('\'') && words.iter().all(|word| word.quoted) {
            return joined(words);
        }
    }
    unescaped(text)
}

fn joined(words: Vec<Word>) -> String {
    words.into_iter().map(|word| word.text).collect()
}

fn unclosed(rest: &str) -> LogFormatError {
    let shown: String = rest.chars().take(40).collect();
    let what = format!("a quote that does not close, or text right behind one, in `{shown}`");
    LogFormatError::new(what, "paste the whole directive as it stands in the server's configuration")
}

/// Words apart by blanks, those in quotes without them; none where a quote does not close before a blank.
fn words(text: &str) -> Option<Vec<Word>> {
    let mut words = Vec::new();
    let mut rest = text.trim_start();
    while let Some(mark) = rest.chars().next() {
        let quoted = matches!(mark, '"' | '\'');
        let len = if quoted {
            closing(&rest[1..], mark)? + 2
        } else {
            rest.find(char::is_whitespace).unwrap_or(rest.len())
        };
        let word = if quoted { &rest[1..len - 1] } else { &rest[..len] };
        rest = &rest[len..];
        if !rest.is_empty() && !rest.starts_with(char::is_whitespace) {
            return None;
        }
        rest = rest.trim_start();
        words.push(Word { text: unescaped(word), quoted });
    }
    Some(words)
}

fn closing(text: &str, mark: char) -> Option<usize> {
    let mut escaped = false;
    text.char_indices()
        .find(|(_, c)| {
            let plain = !std::mem::take(&mut escaped);
            escaped = plain && *c == '\\';
            plain && *c == mark
        })
        .map(|(at, _)| at)
}

/// Both servers take a backslash away before a quote or another backslash, and leave it before all else.
fn unescaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let next = chars.next_if(|next| c == '\\' && matches!(next, '"' | '\'' | '\\'));
        plain.push(next.unwrap_or(c));
    }
    plain
}

/// Variables are nginx's and directives Apache's; a string with both marks is nginx's if it names a variable that
/// every access log has.
fn server_of(format: &str) -> Server {
    let variables = ["$time_", "$msec", "$request", "$remote_addr", "${time_", "${request", "${remote_addr"];
    let is_nginx = variables.iter().any(|variable| format.contains(variable)) || !format.contains('%');
    if is_nginx { Server::Nginx } else { Server::Apache }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> (Server, String) {
        let pasted = unwrap(text).expect("a format");
        (pasted.server, pasted.format)
    }

    #[test]
    fn a_string_is_the_same_with_and_without_its_directive() {
        let plain = r#"%h %t "%r" %>s"#;
        for text in [
            plain,
            r#"%h %t \"%r\" %>s"#,
            r#""%h %t \"%r\" %>s""#,
            r#""%h %t \"%r\" %>s" own"#,
            r#"LogFormat "%h %t \"%r\" %>s" own"#,
            "LogFormat \"%h %t \\\n\\\"%r\\\" %>s\" \\\n own",
            r#"  logformat '%h %t "%r" %>s'"#,
            r#"CustomLog "|/usr/bin/rotatelogs /var/log/a 86400" "%h %t \"%r\" %>s" env=!own"#,
        ] {
            assert_eq!(told(text), (Server::Apache, plain.to_owned()), "{text}");
        }
        let plain = r#"$remote_addr [$time_local] "$request" $status"#;
        for text in [
            plain,
            r#"log_format main '$remote_addr [$time_local] "$request" $status';"#,
            "log_format  main  escape=default\n  '$remote_addr [$time_local] '\n  '\"$request\" $status';\n",
            r#"log_format main "$remote_addr [$time_local] \"$request\" $status";"#,
            r#"'$remote_addr [$time_local] ' '"$request" $status'"#,
        ] {
            assert_eq!(told(text), (Server::Nginx, plain.to_owned()), "{text}");
        }
        assert_eq!(told(r#""$request" "$status""#).1, r#""$request" "$status""#);
        assert!(!unwrap("log_format a escape=none '$request';").expect("a format").escapes);
    }

    #[test]
    fn what_holds_no_format_is_told_with_the_way_out() {
        for (text, what) in [
            ("CustomLog logs/access_log combined", "`combined` is the name of a format"),
            ("LogFormat", "a directive without its format"),
            ("LogFormat \"%h", "a quote that does not close"),
            ("log_format main '$a'x;", "text right behind one"),
            ("access_log /var/log/nginx/access.log main;", "names its format"),
            ("log_format j escape=json '{\"time\":\"$time_iso8601\"}';", "writes JSON"),
        ] {
            let error = unwrap(text).expect_err(text);
            assert!(error.what.contains(what) && !error.way_out.is_empty(), "{text}: {error}");
        }
    }
}
