//! The Sensitive Data Scanner of Datadog. An event is a line, or (`--block`) a block of lines, which spares it work. What
//! stands behind a keyword is a rule with keywords, so that the library looks for these first, as it is meant to be used.

use std::sync::Arc;

use dd_sds::{MatchAction, RegexRuleConfig, RootRuleConfig, RuleConfig, Scanner};

type Rule = RootRuleConfig<Arc<dyn RuleConfig>>;

/// What is before `[^0-9]` are alternatives: the keywords; what is behind it is the number.
fn rule(pattern: &str) -> Rule {
    let config = match pattern.split_once("[^0-9]") {
        None => RegexRuleConfig::new(pattern),
        Some((words, rest)) => {
            let words = words.trim_start_matches("(?:").trim_end_matches(')').split('|');
            // `[Aa]ccount` is `account`: keywords of the library are of any case.
            let words = words.map(|word| {
                word.split_once(']').map_or(word.to_owned(), |(class, rest)| class[2..].to_owned() + rest)
            });
            let number = rest.split_once('}').expect("a bound ends").1;
            RegexRuleConfig::new(number).with_included_keywords(words)
        }
    };
    RootRuleConfig::new(config.build()).match_action(MatchAction::None)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let file = breachd_compare::file()?;
    let rules: Vec<Rule> = breachd_compare::patterns().iter().map(|(_, pattern)| rule(pattern)).collect();
    let scanner = Scanner::builder(&rules).build().map_err(|error| format!("{error:?}"))?;
    let whole = std::env::args().any(|argument| argument == "--block");
    let mut count = 0;
    let mut event = String::new();
    let mut scan = |bytes: &[u8]| {
        event.clear();
        event.push_str(&String::from_utf8_lossy(bytes));
        count += scanner.scan(&mut event).expect("no rule calls a server").len();
    };
    breachd_compare::blocks(&file, |block| {
        if whole {
            scan(block);
        } else {
            breachd_compare::lines(block).for_each(&mut scan);
        }
    })?;
    println!("{count}");
    Ok(())
}
