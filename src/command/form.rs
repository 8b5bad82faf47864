//! `breachd form`: an official form of a draft, filled in.

use std::io::{IsTerminal, Write};

use super::incident::draft;
use super::{FAILED, Failure, Outcome, USAGE, settings};
use crate::cli::{Form as Options, Global};
use crate::config::{self, Systems};
use crate::report::{self, Filing, Form, Layout};
use crate::store::Store;

/// Fills in one form.
pub(super) fn run(global: &Global, options: &Options) -> Outcome {
    let (settings, packs, _) = settings(global)?;
    let mut draft = draft(&Store::read(&settings.state_dir)?, &options.id)?;
    let systems = Systems::new(&settings);
    draft.systems = draft.completeness.sources.iter().map(|read| systems.of(&read.source)).collect();
    let rules = config::rules(&settings, &packs);
    let office = config::office(&settings);
    let filing = Filing { draft: &draft, office: &office, policies: &rules.policies };
    let form = match &options.form {
        Some(id) => Form::from_id(id),
        None => filing.forms().first().copied(),
    };
    let form = form.ok_or_else(|| {
        let names = Form::ALL.map(Form::id).join(", ");
        let text =
            format!("no policy in force asks for a form of {}; choose one with --form: {names}", options.id);
        Failure { code: FAILED, text }
    })?;
    let layout = if options.format == "fodt" { Layout::Fodt } else { Layout::Odt };
    let bytes = report::document(form, &filing, layout)
        .map_err(|error| Failure { code: FAILED, text: error.to_string() })?;
    write(options, layout, &bytes)?;
    Ok(0)
}

fn write(options: &Options, layout: Layout, bytes: &[u8]) -> Result<(), Failure> {
    let Some(path) = &options.output else {
        let mut out = std::io::stdout().lock();
        if layout == Layout::Odt && out.is_terminal() {
            let text = "a form is no text for a terminal; name a file with --output".to_owned();
            return Err(Failure { code: USAGE, text });
        }
        return match out.write_all(bytes).and_then(|()| out.flush()) {
            Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
                Err(Failure { code: FAILED, text: format!("cannot write the output: {error}") })
            }
            _ => Ok(()),
        };
    };
    let text = |error| format!("write {}: {error}", path.display());
    std::fs::write(path, bytes).map_err(|error| Failure { code: FAILED, text: text(error) })
}
