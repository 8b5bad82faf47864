//! The regex crate: one alternation of bytes over the buffer.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let regex = regex::bytes::Regex::new(&breachd_compare::alternation())?;
    let mut count = 0;
    breachd_compare::blocks(&breachd_compare::file()?, |block| count += regex.find_iter(block).count())?;
    println!("{count}");
    Ok(())
}
