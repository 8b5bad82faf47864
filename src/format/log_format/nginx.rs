//! nginx's variables (`ngx_http_log_module`, `ngx_http_core_module`).

use super::LogFormatError;
use super::token::{Part, Piece, Token};

/// The tokens of a format string.
pub(super) fn tokens(format: &str) -> Result<Vec<Token>, LogFormatError> {
    let mut tokens = Vec::new();
    let mut rest = format;
    while let Some(dollar) = rest.find('$') {
        tokens.push(Token::Literal(rest[..dollar].to_owned()));
        let at = format.len() - rest.len() + dollar;
        let after = &rest[dollar + 1..];
        let braced = after.strip_prefix('{');
        let text = braced.unwrap_or(after);
        let len = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len());
        let (name, mut end) = (&text[..len], &text[len..]);
        if name.is_empty() {
            let way_out = "write the name of a variable behind it, such as $request";
            return Err(LogFormatError::at(format, at, "a `$` without a variable", way_out));
        }
        if braced.is_some() {
            end = end.strip_prefix('}').ok_or_else(|| {
                let what = format!("a brace that does not close: `${{{name}`");
                LogFormatError::at(format, at, &what, format!("write ${{{name}}}"))
            })?;
        }
        tokens.push(Token::Field(variable(&name.to_ascii_lowercase())));
        rest = end;
    }
    tokens.push(Token::Literal(rest.to_owned()));
    Ok(tokens)
}

/// What a variable is. One that is not known here may be anything, and is not content.
fn variable(name: &str) -> Part {
    if let Some(header) = name.strip_prefix("http_") {
        return header_of_request(&header.replace('_', "-"));
    }
    if name.starts_with("cookie_") || name.starts_with("arg_") {
        return Part::Other;
    }
    match name {
        "remote_addr" => Part::Client(0),
        "remote_user" => Part::User,
        "time_local" => Part::Time(Piece::clf()),
        "time_iso8601" => Part::Time(Piece::iso()),
        "msec" => Part::Time(Piece::epoch("epoch")),
        "request" => Part::Request,
        "request_method" => Part::Method,
        "request_uri" => Part::Target,
        "uri" | "document_uri" => Part::Path,
        "args" | "query_string" => Part::Query,
        "is_args" => Part::Mark,
        "request_filename" => Part::File,
        "status" => Part::Status(0),
        "body_bytes_sent" => Part::Bytes,
        "bytes_sent" => Part::AllBytes,
        "request_completion" => Part::Completion,
        "sent_http_content_disposition" | "upstream_http_content_disposition" => Part::Attachment,
        "request_body" | "sent_http_location" | "upstream_http_location" => Part::Other,
        "proxy_add_x_forwarded_for" => Part::Forwarded,
        "request_id" => Part::RequestId,
        "host" | "server_name" | "hostname" | "realip_remote_addr" => Part::Word,
        _ => Part::Opaque,
    }
}

/// What a header of the request is, by its name in small letters.
pub(super) fn header_of_request(name: &str) -> Part {
    match name {
        "referer" | "referrer" => Part::Referrer,
        "user-agent" => Part::Agent,
        "x-forwarded-for" | "x-real-ip" | "forwarded-for" | "true-client-ip" | "cf-connecting-ip" => {
            Part::Forwarded
        }
        "host" => Part::Word,
        // Ids of requests.
        "x-request-id" | "x-correlation-id" | "traceparent" => Part::Opaque,
        _ => Part::Other,
    }
}
