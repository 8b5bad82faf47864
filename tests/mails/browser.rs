//! The HTML part in a browser, as a telephone and a desk show it: what must be seen without scrolling, and in the dark.
//!
//! A script in a copy of the page measures and writes what it finds into the page's title; the mail itself has none.

use std::path::Path;
use std::process::Command;

use breachd::alert::{Bulletin, Letter, Templates, render_html};
use breachd::incident::Content;
use serde_json::Value;

use super::support::servers::missing;

const CHROMIUM: &str = "/usr/bin/chromium";

/// Says where level, number and deadline end, how wide the page is, and the least contrast of any text on it.
const MEASURE: &str = r#"<script>
addEventListener("load", () => {
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const canvas = getComputedStyle(document.documentElement);
  const numbers = text => (text.match(/[\d.]+/g) || []).map(Number);
  const light = ([r, g, b]) => [r, g, b].map(v => v / 255)
    .map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, at) => sum + v * [0.2126, 0.7152, 0.0722][at], 0);
  const probe = document.createElement("div");
  probe.style.cssText = "background:Canvas;color-scheme:light dark";
  document.body.append(probe);
  const ground = numbers(getComputedStyle(probe).backgroundColor);
  probe.remove();
  const behind = element => {
    for (; element; element = element.parentElement) {
      const color = numbers(getComputedStyle(element).backgroundColor);
      if (color.length === 3 || color[3] > 0) return color;
    }
    return ground;
  };
  let contrast = 99, smallest = 99, words = "";
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const ends = {};
  while (walker.nextNode()) {
    const node = walker.currentNode, parent = node.parentElement;
    if (!node.data.trim() || parent.tagName === "SCRIPT") continue;
    const style = getComputedStyle(parent);
    const [a, b] = [light(numbers(style.color)), light(behind(parent))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < contrast) [contrast, words] = [ratio, node.data.trim().slice(0, 30)];
    smallest = Math.min(smallest, parseFloat(style.fontSize));
    const range = document.createRange();
    range.selectNodeContents(node);
    const box = range.getBoundingClientRect();
    for (const word of WORDS)
      if (node.data.includes(word) && !(word in ends)) ends[word] = Math.round(box.bottom);
  }
  const root = document.documentElement;
  document.title = JSON.stringify({ dark, contrast, words, smallest, ends, wide: root.scrollWidth, window: innerWidth,
    right: Math.max(...[...document.body.querySelectorAll("*")].map(e => e.getBoundingClientRect().right)) });
});
</script></body>"#;

/// What the script measured in a window of this width; the words are those whose place it tells.
fn measured(html: &str, words: &[&str], width: u32, is_dark: bool, dir: &Path) -> Value {
    let measure = MEASURE.replace("WORDS", &format!("{words:?}"));
    let page = dir.join("page.html");
    // A telephone has the width that the page asks for; a window of a desk has 500 at least, so a frame stands in.
    let framed = format!(
        "<meta charset=utf-8><style>body{{margin:0}}iframe{{border:0;width:{width}px;height:844px}}</style>\
         <iframe src=page.html onload=\"setTimeout(()=>document.title=frames[0].document.title,50)\"></iframe>"
    );
    std::fs::write(&page, html.replace("</body>", &measure)).expect("writes");
    std::fs::write(dir.join("frame.html"), framed).expect("writes");
    let mut browser = Command::new("timeout");
    browser.args([
        "60",
        CHROMIUM,
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--allow-file-access-from-files",
    ]);
    browser.args([
        "--no-first-run",
        "--disable-extensions",
        "--disable-dev-shm-usage",
        "--virtual-time-budget=5000",
    ]);
    browser.arg(format!("--user-data-dir={}", dir.join("profile").display()));
    if is_dark {
        browser.arg("--blink-settings=preferredColorScheme=0");
    }
    let shown = browser.arg("--dump-dom").arg(dir.join("frame.html")).output().expect("chromium starts");
    let dom = String::from_utf8_lossy(&shown.stdout).replace("&quot;", "\"");
    let title = dom.split("<title>").nth(1).and_then(|rest| rest.split("</title>").next());
    let title =
        title.unwrap_or_else(|| panic!("no title in {dom}\n{}", String::from_utf8_lossy(&shown.stderr)));
    serde_json::from_str(title).unwrap_or_else(|error| panic!("{error}: {title}"))
}

#[test]
fn level_number_and_deadline_are_seen_at_once_on_a_telephone_and_in_the_dark() {
    if missing(&[CHROMIUM]) {
        return;
    }
    let dir = tempfile::tempdir().expect("a folder");
    let mut letter = Letter::sample();
    // The widest words that a case can have.
    letter.draft.core.objects.push(format!("{}.xlsx", "x".repeat(300)));
    letter.draft.core.recipients[0].address = format!("{}@example.com", "y".repeat(200));
    let html = render_html(&letter, &Templates::default(), &[]).expect("renders");
    check(&html, &["第 2 級", "1,284 人", "內部處理"], dir.path());
}

#[test]
fn what_a_bulletin_is_about_is_seen_at_once_too() {
    if missing(&[CHROMIUM]) {
        return;
    }
    let dir = tempfile::tempdir().expect("a folder");
    let long = format!("{}@example.com", "y".repeat(300));
    for (kind, bulletin) in Bulletin::samples() {
        let words: &[&str] = match kind {
            "digest" => &["新案 16 件", "未結案", "缺漏"],
            "digest-quiet" => &["運作正常", "沒有缺漏"],
            "collective" => &["緊急 17 起", "115/11/22 11:00 前"],
            _ => continue,
        };
        let mut bulletin = bulletin;
        match &mut bulletin.said.content {
            Content::Digest(digest) => {
                digest.held.entries.iter_mut().for_each(|it| it.actor.clone_from(&long));
            }
            Content::Collective(list) => list.entries.iter_mut().for_each(|it| it.actor.clone_from(&long)),
        }
        check(&bulletin.html(&Templates::default()).expect("renders"), words, dir.path());
    }
}

/// Seen without scrolling, at no width wider than the window, and legible in the dark.
fn check(html: &str, words: &[&str], dir: &Path) {
    for (width, is_dark) in [(390, false), (390, true), (1280, false)] {
        let seen = measured(html, words, width, is_dark, dir);
        println!("{width} px: {seen}");
        assert_eq!(seen["dark"], is_dark, "{seen}");
        let number = |key: &str| seen[key].as_f64().unwrap_or_else(|| panic!("{key} in {seen}"));
        assert!((number("window") - f64::from(width)).abs() < 1.0, "{seen}");
        assert!(
            number("wide") <= number("window") && number("right") <= number("window"),
            "scrolls sideways: {seen}"
        );
        for word in words {
            let bottom = seen["ends"][*word].as_f64().unwrap_or_else(|| panic!("{word} in {seen}"));
            assert!(bottom > 0.0 && bottom < 500.0, "{word} is not seen at once: {seen}");
        }
        // WCAG 2.1, 1.4.3: 4.5 to 1 for text of any size.
        assert!(number("contrast") >= 4.5, "{seen}");
        assert!(number("smallest") >= 12.0, "{seen}");
    }
}
