//! What the program promises to other programs: JSON shapes, exit codes, what it reads.

mod support;

#[path = "contract/codes.rs"]
mod codes;
#[path = "contract/evidence.rs"]
mod evidence;
#[path = "contract/policies.rs"]
mod policies;
#[path = "contract/shapes.rs"]
mod shapes;
#[path = "contract/vectors.rs"]
mod vectors;

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use support::BREACHD;

/// Runs the program in a folder with something on its standard input.
fn run(dir: &Path, arguments: &[&str], stdin: &[u8]) -> Output {
    let mut command = Command::new(BREACHD);
    command.args(arguments).current_dir(dir).env("LC_ALL", "C.UTF-8");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the program starts");
    let mut pipe = child.stdin.take().expect("piped");
    let bytes = stdin.to_owned();
    // A program that does not read its input closes it.
    let writer = std::thread::spawn(move || drop(pipe.write_all(&bytes)));
    let output = child.wait_with_output().expect("it ends");
    writer.join().expect("no panic");
    output
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_owned()).expect("the output is UTF-8")
}
