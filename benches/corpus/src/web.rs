//! Lines of web servers in the combined format of nginx and Apache.

use crate::clock::Clock;
use crate::encode::{self, Percent};
use crate::noise;
use crate::plant::{Planted, Secret};
use crate::random::Random;
use crate::text::Line;

const SECTIONS: [&str; 12] = [
    "/",
    "/index.php",
    "/news/list",
    "/api/v2/items",
    "/course/search",
    "/portal/home",
    "/forum/viewtopic.php",
    "/download",
    "/api/v1/session",
    "/calendar/month",
    "/library/catalog",
    "/member/profile",
];

/// How a value in a request is escaped.
#[derive(Clone, Copy, PartialEq, Eq)]
enum How {
    Raw,
    Percent,
    Everything,
    Twice,
    Big5,
    BackslashX,
}

/// One line.
pub(crate) fn line(
    clock: &Clock,
    random: &mut Random,
    secret: Option<Secret>,
    line: &mut Vec<u8>,
    planted: &mut Vec<Planted>,
) {
    noise::address(line, random);
    line.text(" - ");
    if random.one_in(20) {
        line.text("u").digits(random, 5);
    } else {
        line.text("-");
    }
    line.text(" [");
    clock.web(line);
    line.text("] \"");
    let how = match random.below(18) {
        0..=11 => How::Raw,
        12 | 13 => How::Percent,
        14 => How::Big5,
        15 => How::Everything,
        16 => How::Twice,
        _ => How::BackslashX,
    };
    let in_referrer = secret.is_some() && how == How::Raw && random.percent(20);
    line.text(random.pick(&["GET ", "GET ", "GET ", "GET ", "GET ", "POST ", "HEAD "]));
    match secret.as_ref().filter(|_| !in_referrer) {
        Some(secret)
            if how == How::BackslashX || matches!(how, How::Percent | How::Big5) && random.percent(40) =>
        {
            file(secret, how, random, line, planted);
        }
        Some(secret) => query(secret, how, random, line, planted),
        None => clean(clock, random, line),
    }
    line.text(if random.one_in(3) { " HTTP/2.0\" " } else { " HTTP/1.1\" " });
    line.text(random.pick(&["200", "200", "200", "200", "200", "304", "302", "404", "206"])).text(" ");
    let size = if random.one_in(9) { random.below(90_000_000) } else { random.below(60_000) };
    line.number(size).text(" \"");
    match secret.as_ref().filter(|_| in_referrer) {
        Some(secret) => {
            line.text("https://www.agency.example");
            query(secret, how, random, line, planted);
        }
        None if random.percent(40) => {
            line.text("-");
        }
        None => {
            line.text("https://").text(random.pick(&noise::DOMAINS)).text(random.pick(&SECTIONS));
        }
    }
    line.text("\" \"").text(noise::agent(random)).text("\"");
}

/// A request about nobody.
fn clean(clock: &Clock, random: &mut Random, line: &mut Vec<u8>) {
    match random.below(10) {
        0 | 1 => {
            line.text("/static/js/app.").hex(random, 8).text(".chunk.js");
        }
        2 => {
            line.text("/assets/css/main-")
                .base62(random, 8)
                .text(".css?v=")
                .number(clock.epoch_millis() / 1000);
        }
        3 => {
            line.text("/images/2026/11/IMG_");
            line.extend_from_slice(clock.date());
            line.text("_").digits(random, 6).text(".jpg");
        }
        4 => {
            line.text("/search?q=");
            encode::percent(random.pick(&noise::SEARCHES), Percent::Browser, true, line);
            line.text("&page=").number(random.within(1, 40));
        }
        5 => {
            line.text("/files/");
            encode::percent(random.pick(&noise::DOCUMENTS), Percent::Browser, false, line);
            line.text("_v").number(random.within(1, 9)).text(".pdf");
        }
        6 => {
            line.text("/api/v2/orders/SO2026").digits(random, 8).text("?ts=").number(clock.epoch_millis());
            line.text("&sig=").hex(random, 40);
        }
        7 => {
            line.text("/api/v1/items/")
                .uuid(random)
                .text("?fields=title,price&limit=")
                .number(random.within(10, 100));
        }
        8 => {
            line.text(random.pick(&SECTIONS))
                .text("?id=")
                .number(random.below(900_000))
                .text("&sid=")
                .hex(random, 32);
        }
        _ => {
            line.text(random.pick(&SECTIONS));
        }
    }
}

/// `/export?dept=12&idno=…`.
fn query(secret: &Secret, how: How, random: &mut Random, line: &mut Vec<u8>, planted: &mut Vec<Planted>) {
    line.text(random.pick(&[
        "/export",
        "/member/search",
        "/api/v1/person",
        "/hr/list.php",
        "/course/apply",
        "/report/query",
    ]));
    line.text("?");
    if random.one_in(2) {
        line.text("dept=").number(random.within(1, 99)).text("&");
    }
    let in_chinese = how == How::Big5 || random.percent(15);
    let key = if in_chinese { random.pick(secret.kind.labels()) } else { secret.key(random) };
    let browser = if how == How::Big5 { Percent::Big5 } else { Percent::Browser };
    encode::percent(key, browser, true, line);
    line.text("=");
    let at = line.len();
    let written = &secret.value.written;
    let form = random.one_in(2);
    match how {
        How::Everything => encode::percent(written, Percent::Everything, form, line),
        How::Twice => encode::percent(written, Percent::Twice, false, line),
        // Browsers leave the signs of numbers as they are; of the rest nothing stands in a query.
        How::Raw
            if written.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-().@/:".contains(&byte)) =>
        {
            line.text(written);
        }
        _ => encode::percent(written, browser, form, line),
    }
    let is_raw = line[at..] == *written.as_bytes();
    let encoding = match how {
        _ if is_raw && key.is_ascii() => "raw",
        How::Big5 => "percent-big5",
        How::Everything => "percent-all",
        How::Twice if !is_raw => "percent-twice",
        _ => "percent",
    };
    planted.push(secret.alone(encoding));
    if random.one_in(2) {
        line.text("&t=").number(random.within(1, 9999));
    }
}

/// A file that is named after somebody.
fn file(secret: &Secret, how: How, random: &mut Random, line: &mut Vec<u8>, planted: &mut Vec<Planted>) {
    line.text(random.pick(&["/files/", "/upload/2026/", "/share/docs/"]));
    let name = secret.file_name(random);
    if how == How::BackslashX {
        encode::backslash_x(&name.replace(' ', "%20").replace('#', "%23"), random.one_in(2), line);
        planted.extend(secret.told("backslash-x"));
    } else if how == How::Big5 {
        encode::percent(&name, Percent::Big5, false, line);
        planted.extend(secret.told("percent-big5"));
    } else {
        encode::percent(&name, Percent::Browser, false, line);
        planted.extend(secret.told("percent"));
    }
    line.text(random.pick(&[".pdf", ".xlsx", ".csv", ".zip"]));
}
