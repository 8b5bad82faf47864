//! The whole program on small logs.

mod support;

#[path = "whole/addressees.rs"]
mod addressees;
#[path = "whole/downloads.rs"]
mod downloads;
#[path = "whole/mail.rs"]
mod mail;
#[path = "whole/numbers.rs"]
mod numbers;
#[path = "whole/quick_start.rs"]
mod quick_start;
#[path = "whole/surroundings.rs"]
mod surroundings;

use serde_json::Value;
use support::postfix::{Shape, log};
use support::{Random, Site, holds, seed};

/// Networks whose clients are inside, where a story needs one.
const INSIDE: &str = "[org]\nnetworks = [\"10.0.0.0/8\"]\n";

/// A site that logs `mail.log` and `access.log`, whose clients in 10/8 are inside.
fn site() -> Site {
    let site = Site::with(&[("mail.log", ""), ("access.log", "")], "transport = \"none\"", "");
    let text = std::fs::read_to_string(&site.config).expect("a configuration");
    std::fs::write(&site.config, text.replace("[org]\n", INSIDE)).expect("a configuration");
    site
}

/// Writes the two logs of a story, and expects the incidents that open, in canonical order, from `watch` and `replay`
/// alike. Returns the site.
fn check(mail: &str, access: &str, expected: &Value) -> Site {
    let site = site();
    std::fs::write(site.log("mail.log"), mail).expect("a log");
    std::fs::write(site.log("access.log"), access).expect("a log");
    site.ok(&["watch", "--once"]);
    let cores = site.cores();
    if let Err(difference) = holds(&cores, expected, "incidents") {
        panic!("{difference}\n{mail}{access}");
    }
    assert_eq!(
        cores,
        site.replayed(&[site.log("mail.log"), site.log("access.log")]),
        "replay differs\n{mail}"
    );
    site
}

#[test]
fn watch_once_and_replay_agree() {
    let site = Site::new("");
    let shape = Shape { messages: 60, concurrent: 8, every: 3, actors: 5 };
    let text: String = log(shape, &mut Random(seed(1))).into_iter().map(|line| line.text).collect();
    std::fs::write(site.log("mail.log"), text).expect("a log");
    site.ok(&["watch", "--once"]);
    let cores = site.cores();
    assert_eq!(cores.as_array().expect("a list").len(), 5);
    assert_eq!(cores, site.replayed(&[site.log("mail.log")]));
}
