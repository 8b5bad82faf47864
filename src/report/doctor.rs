//! What `doctor` has found, for the system administrator and for programs.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::Words;
use super::terminal::escape;
use crate::format::Advice;

/// A log, or the host.
#[derive(Clone, Debug, Default)]
pub struct Examined {
    /// Path, or what else was looked at.
    pub what: String,
    /// Name of its format; empty where there is none.
    pub format: String,
    /// What needs a hand.
    pub complaints: Vec<Complaint>,
    /// What it can never show.
    pub advice: Vec<Advice>,
}

/// A thing that needs a hand.
#[derive(Clone, Debug)]
pub struct Complaint {
    what: String,
    hint: String,
}

impl Examined {
    /// Nothing said of it yet.
    pub fn of(what: &str) -> Self {
        Self { what: what.to_owned(), ..Self::default() }
    }
}

impl Complaint {
    /// What is wrong, and the way out.
    pub fn new(what: String, hint: &str) -> Self {
        Self { what, hint: hint.to_owned() }
    }
}

/// `doctor --json`.
pub fn doctor(examined: &[Examined]) -> Value {
    let one = |examined: &Examined| {
        let complaint = |complaint: &Complaint| json!({ "what": complaint.what, "hint": complaint.hint });
        let advice = |advice: &Advice| {
            json!({
                "missing": advice.missing, "setting": advice.setting, "snippet": advice.snippet.trim_start(),
                "reference": advice.reference,
            })
        };
        json!({
            "what": examined.what, "format": examined.format,
            "complaints": examined.complaints.iter().map(complaint).collect::<Vec<_>>(),
            "never_shown": examined.advice.iter().map(advice).collect::<Vec<_>>(),
        })
    };
    json!({ "schema": "breachd.doctor/1", "examined": examined.iter().map(one).collect::<Vec<_>>() })
}

/// `doctor`.
pub fn doctor_text(examined: &[Examined], words: Words) -> String {
    let mut text = String::new();
    // A String takes every byte.
    for examined in examined {
        let format =
            if examined.format.is_empty() { String::new() } else { format!("  ({})", examined.format) };
        let _ = writeln!(text, "{}{format}", escape(&examined.what));
        if examined.complaints.is_empty() {
            let _ = writeln!(text, "  {}", words.pick("正常", "ok"));
        }
        for complaint in &examined.complaints {
            let _ = writeln!(text, "  {}  {}", words.pick("問題", "problem"), escape(&complaint.what));
            let _ = writeln!(text, "  {}  {}", words.pick("處理", "way out"), escape(&complaint.hint));
        }
        for advice in &examined.advice {
            let _ = writeln!(text, "  {}  {}", words.pick("此紀錄檔看不到", "never shown"), advice.missing);
            let _ = writeln!(text, "      {}: {}", words.pick("設定於", "set in"), advice.setting);
            for line in advice.snippet.trim_start_matches('\n').lines() {
                let _ = writeln!(text, "          {line}");
            }
        }
    }
    text
}
