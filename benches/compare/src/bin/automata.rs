//! regex-automata: its meta engine with many patterns; or (`--dense TABLE`) one automaton over all bytes, made beforehand
//! by `--make TABLE`, since making it takes longer than scanning a gigabyte with it.

use regex_automata::dfa::{Automaton, StartKind, dense};
use regex_automata::util::syntax;
use regex_automata::{Input, MatchKind, meta, nfa::thompson};

type Fallible<T> = Result<T, Box<dyn std::error::Error>>;

fn main() -> Fallible<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["--make", table] => make(table),
        ["--dense", table, file] => dense(table, file),
        [file] => many(file),
        _ => Err("automata [--dense TABLE] FILE, or automata --make TABLE".into()),
    }
}

fn many(file: &str) -> Fallible<()> {
    let regex = meta::Regex::builder()
        .syntax(syntax::Config::new().utf8(false))
        .configure(meta::Config::new().utf8_empty(false))
        .build_many(&breachd_compare::expressions())?;
    let mut count = 0;
    breachd_compare::blocks(file, |block| count += regex.find_iter(block).count())?;
    println!("{count}");
    Ok(())
}

fn make(table: &str) -> Fallible<()> {
    let dfa = dense::Builder::new()
        .syntax(syntax::Config::new().utf8(false))
        .configure(
            dense::Config::new().start_kind(StartKind::Unanchored).match_kind(MatchKind::LeftmostFirst),
        )
        .thompson(thompson::Config::new().utf8(false))
        .build_many(&breachd_compare::expressions())?;
    let (bytes, padding) = dfa.to_bytes_native_endian();
    std::fs::write(table, &bytes[padding..])?;
    println!("{} bytes", bytes.len() - padding);
    Ok(())
}

fn dense(table: &str, file: &str) -> Fallible<()> {
    // The table is read as words, so it has to begin at an address that is a multiple of four.
    let bytes = std::fs::read(table)?;
    let mut aligned = vec![0_u8; bytes.len() + 4];
    let at = aligned.as_ptr().align_offset(4);
    aligned[at..at + bytes.len()].copy_from_slice(&bytes);
    let (dfa, _) =
        dense::DFA::from_bytes(&aligned[at..at + bytes.len()]).map_err(|error| error.to_string())?;
    let mut count = 0;
    breachd_compare::blocks(file, |block| {
        let mut input = Input::new(block);
        while let Some(found) = dfa.try_search_fwd(&input).expect("no byte stops an automaton of bytes") {
            count += 1;
            input.set_start(found.offset());
        }
    })?;
    println!("{count}");
    Ok(())
}
