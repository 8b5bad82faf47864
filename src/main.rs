//! The `breachd` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    // A panic's message could hold log bytes: say where, not what.
    std::panic::set_hook(Box::new(|info| {
        let place = info.location().map_or_else(String::new, |at| format!(" at {}:{}", at.file(), at.line()));
        #[expect(clippy::print_stderr, reason = "the last words of a dying process")]
        {
            eprintln!(
                "breachd: internal error{place}; nothing that was read is lost, the next start goes on from there"
            );
        }
    }));
    breachd::command::run(breachd::cli::parse())
}
