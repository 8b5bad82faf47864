//! The regex crate as it is mostly used for many patterns: a set tells which match a line, each of these finds its values.

use regex::bytes::{Regex, RegexSet};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let expressions = breachd_compare::expressions();
    let set = RegexSet::new(&expressions)?;
    let each = expressions.iter().map(|expression| Regex::new(expression)).collect::<Result<Vec<_>, _>>()?;
    let mut count = 0;
    breachd_compare::blocks(&breachd_compare::file()?, |block| {
        for line in breachd_compare::lines(block) {
            for index in set.matches(line) {
                count += each[index].find_iter(line).count();
            }
        }
    })?;
    println!("{count}");
    Ok(())
}
