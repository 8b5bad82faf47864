//! Audit lines of an application, a JSON object each.

use crate::clock::Clock;
use crate::encode;
use crate::noise;
use crate::plant::{Planted, Secret};
use crate::random::Random;
use crate::text::Line;

/// One line.
pub(crate) fn line(
    clock: &Clock,
    random: &mut Random,
    secret: Option<Secret>,
    line: &mut Vec<u8>,
    planted: &mut Vec<Planted>,
) {
    line.text("{\"ts\":").number(clock.epoch_millis()).text(",\"time\":\"");
    clock.millis(line);
    line.text("\",\"level\":\"").text(random.pick(&["INFO", "INFO", "INFO", "WARN"]));
    line.text("\",\"trace_id\":\"").hex(random, 32).text("\",\"request_id\":\"").uuid(random);
    line.text("\",\"user\":\"u").digits(random, 5).text("\",\"ip\":\"");
    noise::address(line, random);
    line.text("\",\"action\":\"")
        .text(random.pick(&["read", "list", "export", "update", "login", "download", "query"]));
    line.text("\",\"object\":\"")
        .text(random.pick(&["course", "report", "form", "document", "booking", "ticket"]));
    line.text("/").number(random.below(9_000_000)).text("\"");
    match secret {
        Some(secret) => with(&secret, random, line, planted),
        None => without(clock, random, line),
    }
    line.text(",\"bytes\":")
        .number(random.below(5_000_000))
        .text(",\"elapsed_ms\":")
        .number(random.below(3000));
    line.text(",\"status\":").text(random.pick(&["200", "200", "200", "204", "403", "500"])).text("}");
}

fn without(clock: &Clock, random: &mut Random, line: &mut Vec<u8>) {
    match random.below(6) {
        0 => {
            line.text(",\"sha256\":\"").hex(random, 64).text("\"");
        }
        1 => {
            line.text(",\"order_no\":\"SO2026")
                .digits(random, 10)
                .text("\",\"seq\":")
                .number(random.below(100_000_000));
        }
        2 => {
            let mut text = Vec::with_capacity(96);
            noise::subject(clock, random, &mut text);
            line.text(",\"note\":\"");
            if random.one_in(3) {
                encode::backslash_u(&String::from_utf8(text).unwrap_or_default(), false, line);
            } else {
                line.extend_from_slice(&text);
            }
            line.text("\"");
        }
        3 => {
            line.text(",\"params\":{\"page\":")
                .number(random.within(1, 50))
                .text(",\"size\":20,\"cursor\":\"");
            line.base62(random, 28).text("==\"}");
        }
        4 => {
            line.text(",\"session\":\"")
                .base62(random, 43)
                .text("\",\"exp\":")
                .number(clock.epoch_millis() / 1000 + 3600);
        }
        _ => {}
    }
}

fn with(secret: &Secret, random: &mut Random, line: &mut Vec<u8>, planted: &mut Vec<Planted>) {
    let choice = random.below(18);
    if matches!(choice, 0..=5 | 14) {
        line.text(",\"").text(secret.key(random)).text("\":\"");
        let written = &secret.value.written;
        let encoding = if choice == 14 {
            encode::backslash_u(written, true, line);
            "backslash-u-all"
        } else {
            line.text(written);
            "raw"
        };
        line.text("\"");
        planted.push(secret.alone(encoding));
        return;
    }
    let phrase = secret.phrase(random);
    let field =
        if choice == 15 { "payload" } else { random.pick(&["note", "memo", "message", "detail", "remark"]) };
    line.text(",\"").text(field).text("\":\"");
    let encoding = match choice {
        6..=11 => {
            line.text(&phrase);
            "raw"
        }
        12 | 13 => {
            encode::backslash_u(&phrase, false, line);
            "backslash-u"
        }
        15 => {
            // Shorter runs of base64 are any word.
            let blanks = 18_usize.saturating_sub(phrase.len());
            encode::base64(format!("{phrase}{:blanks$}", "").as_bytes(), line);
            "base64"
        }
        16 if random.one_in(2) => {
            encode::entities(&phrase, random.one_in(2), line);
            "entity"
        }
        16 => {
            encode::quoted_printable(&phrase, line);
            "quoted-printable"
        }
        _ => {
            line.text(&encode::full_width(&phrase));
            "full-width"
        }
    };
    line.text("\"");
    planted.extend(secret.told(encoding));
}
