//! Reads the file in blocks and counts newlines: what no scanner that reads can go below.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut count = 0;
    breachd_compare::blocks(&breachd_compare::file()?, |block| {
        count += memchr::memchr_iter(b'\n', block).count();
    })?;
    println!("{count}");
    Ok(())
}
