//! Writes a log and, if wanted, the truth of what was planted in it.
//!
//! The truth has a row a value, parted by tabs: line number from 1, kind, encoding, canonical value.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::process::ExitCode;

use breachd_corpus::{Corpus, Density, Mix, write};

const USAGE: &str = "\
Usage: breachd-corpus --mix MAIL/WEB/JSON --density clean|sparse|dense --size BYTES --seed N --out FILE [--truth FILE]

  --mix      lines of a hundred, such as 60/30/10
  --size     bytes, or with K, M or G (1024 each); the file ends with the line that reaches it
  --out      the log; - is standard output
  --truth    line number, kind, encoding and value of everything planted, parted by tabs
";

struct Arguments {
    mix: Mix,
    density: Density,
    size: u64,
    seed: u64,
    out: String,
    truth: Option<String>,
}

fn arguments() -> Result<Arguments, String> {
    let (mut mix, mut density, mut size, mut seed, mut out, mut truth) = (None, None, None, 1, None, None);
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or_else(|| format!("{word} needs a value"));
        match word.as_str() {
            "--mix" => {
                mix = Some(value().map(|text| Mix::parse(&text))?.ok_or("--mix: three shares that make 100")?)
            }
            "--density" => {
                density = Some(
                    value().map(|text| Density::parse(&text))?.ok_or("--density: clean, sparse or dense")?,
                );
            }
            "--size" => {
                size =
                    Some(value().map(|text| bytes(&text))?.ok_or("--size: a number, or one with K, M or G")?)
            }
            "--seed" => seed = value()?.parse().map_err(|_| "--seed: a number")?,
            "--out" => out = Some(value()?),
            "--truth" => truth = Some(value()?),
            _ => return Err(format!("{word}: not an option")),
        }
    }
    Ok(Arguments {
        mix: mix.ok_or("--mix is missing")?,
        density: density.ok_or("--density is missing")?,
        size: size.ok_or("--size is missing")?,
        seed,
        out: out.ok_or("--out is missing")?,
        truth,
    })
}

fn bytes(text: &str) -> Option<u64> {
    let (number, shift) = match text.as_bytes().last()? {
        b'K' => (&text[..text.len() - 1], 10),
        b'M' => (&text[..text.len() - 1], 20),
        b'G' => (&text[..text.len() - 1], 30),
        _ => (text, 0),
    };
    number.parse::<u64>().ok()?.checked_mul(1 << shift)
}

fn run(arguments: &Arguments) -> io::Result<()> {
    let mut out: Box<dyn Write> = match arguments.out.as_str() {
        "-" => Box::new(io::stdout().lock()),
        path => Box::new(File::create(path)?),
    };
    let mut truth = arguments.truth.as_ref().map(File::create).transpose()?.map(BufWriter::new);
    let corpus = Corpus::new(arguments.mix, arguments.density, arguments.seed);
    let totals = write(corpus, arguments.size, &mut out, &mut |line, planted| match &mut truth {
        Some(truth) => {
            writeln!(truth, "{line}\t{}\t{}\t{}", planted.kind.id(), planted.encoding, planted.canonical)
        }
        None => Ok(()),
    })?;
    if let Some(truth) = &mut truth {
        truth.flush()?;
    }
    eprintln!(
        "seed {}: {} bytes, {} lines, {} values",
        arguments.seed, totals.bytes, totals.lines, totals.planted
    );
    Ok(())
}

fn main() -> ExitCode {
    match arguments() {
        Ok(arguments) => match run(&arguments) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("breachd-corpus: {}: {error}", arguments.out);
                ExitCode::FAILURE
            }
        },
        Err(fault) => {
            eprint!("breachd-corpus: {fault}\n{USAGE}");
            ExitCode::from(2)
        }
    }
}
