//! Proof of a pack: every count falls into exactly one level, every value has its clause, every duty its clock.

use toml::Spanned;

use super::calendar::Timed;
use super::factor;
use super::file::{
    Field, Written, WrittenClosing, WrittenDuty, WrittenLevel, WrittenNotify, WrittenStage, line_of,
};
use super::policy::{
    Closing, Combine, Condition, DUTIES, Duty, FORMS, Fault, Interval, Level, Notify, Policy, ROLES,
    RecordForm, Retention, Stage,
};
use crate::kind::Nature;
use crate::moment::{Tz, parse_span, parse_when};

/// Turns what is written into a policy, adding a fault for everything that does not hold. A value at fault is stood in
/// for by an empty one, so that the rest is looked at too.
pub(super) fn prove(file: &str, text: &str, written: Written, faults: &mut Vec<Fault>) -> Policy {
    let mut proof = Proof { file, text, faults };
    let combine = written.combine.map(Spanned::into_inner).unwrap_or_default();
    let mut policy = Policy {
        id: proof.words(written.id, 0, "the pack needs an id, such as id = \"nfu-ims-p-025\""),
        title: proof.words(written.title, 0, "the pack needs the title of its document"),
        version: proof.words(written.version, 0, "the pack needs the version of its document"),
        status: proof.status(written.status),
        effective_from: proof.day(written.effective_from),
        source: proof.words(written.source, 0, "the pack needs its source: where the rule was published"),
        combine: Combine {
            mode: combine.mode,
            unit: combine.unit,
            general_counts: combine.general_counts,
            inclusive: combine.inclusive.unwrap_or(true),
            day_kind: combine.day_kind,
            clause: proof.words(combine.clause, 0, "[combine] needs the clause that it reads"),
        },
        levels: Vec::new(),
        notify: written.notify.map(|notify| proof.notify(notify)),
        duties: Vec::new(),
        factors: Vec::new(),
        form: None,
        stages: Vec::new(),
        closing: written.closing.map(|closing| proof.closing(closing)),
        retention: None,
    };
    policy.form = written.form.map(|form| {
        let clause = proof.words(written.form_clause, form.span().start, "a form needs form_clause");
        RecordForm { id: proof.form(form), clause }
    });
    let (mut general, mut special) = (Vec::new(), Vec::new());
    for level in written.level {
        let at = level.span().start;
        let level = level.into_inner();
        let place = |field: &Field<Vec<u64>>| field.as_ref().map_or(at, |it| it.span().start);
        let (general_at, special_at) = (place(&level.general), place(&level.special));
        let level = proof.level(at, level);
        general.push((general_at, level.general));
        special.push((special_at, level.special));
        policy.levels.push(level);
    }
    proof.order(&policy.levels, &general);
    proof.cover("general", &general);
    proof.cover("special", &special);
    let levels: Vec<u8> = policy.levels.iter().map(|level| level.n).collect();
    policy.factors = factor::prove(written.factor, &levels, &mut |at, what| proof.fault(at, what));
    for duty in written.duty {
        let at = duty.span().start;
        policy.duties.push(proof.duty(at, duty.into_inner()));
    }
    for stage in written.stage {
        let at = stage.span().start;
        policy.stages.push(proof.stage(at, stage.into_inner()));
    }
    if let Some(retention) = written.retention {
        let at = retention.span().start;
        let retention = retention.into_inner();
        if retention.years.is_none() {
            proof.fault(at, "retention needs years = a number".to_owned());
        }
        let years = retention.years.map_or(0, Spanned::into_inner);
        let clause = proof.words(retention.clause, at, "retention needs its clause");
        policy.retention = Some(Retention { years, clause });
    }
    if policy.levels.is_empty() && policy.duties.is_empty() && policy.notify.is_none() {
        proof.fault(0, "the pack has neither a [[level]] nor a [[duty]] nor [notify]".to_owned());
    }
    policy
}

/// Stands in for an interval that could not be read; what follows it in its column cannot be judged.
const UNREADABLE: Interval = Interval { low: 1, high: Some(0) };

struct Proof<'a> {
    file: &'a str,
    text: &'a str,
    faults: &'a mut Vec<Fault>,
}

impl Proof<'_> {
    fn fault(&mut self, at: usize, what: String) {
        self.faults.push(Fault { file: self.file.to_owned(), line: line_of(self.text, at), what });
    }

    /// A text that must be there and not be empty.
    fn words(&mut self, field: Field<String>, at: usize, missing: &str) -> String {
        let (at, words) = field.map_or((at, String::new()), |it| (it.span().start, it.into_inner()));
        if words.trim().is_empty() {
            self.fault(at, missing.to_owned());
        }
        words
    }

    fn status(&mut self, field: Field<String>) -> String {
        let at = field.as_ref().map_or(0, |it| it.span().start);
        let status = self.words(field, 0, "the pack needs status = \"in-force\" or \"draft\"");
        if !matches!(status.as_str(), "" | "in-force" | "draft") {
            self.fault(at, format!("unknown status `{status}`: \"in-force\" or \"draft\""));
        }
        status
    }

    fn day(&mut self, field: Field<String>) -> String {
        let at = field.as_ref().map_or(0, |it| it.span().start);
        let day = self.words(field, 0, "the pack needs effective_from, such as \"2023-05-05\"");
        if !day.is_empty() && (day.len() != 10 || parse_when(&day, Tz::UTC, 0).is_none()) {
            self.fault(at, format!("effective_from `{day}` is no date such as \"2023-05-05\""));
        }
        day
    }

    fn level(&mut self, at: usize, level: WrittenLevel) -> Level {
        if level.n.is_none() {
            self.fault(at, "the level needs its number n".to_owned());
        }
        let n = level.n.map_or(0, Spanned::into_inner);
        let natures = level.natures.into_iter().filter_map(|nature| self.nature(nature)).collect();
        let roles = level.roles.into_iter().map(|role| self.role(role)).collect();
        Level {
            n,
            name: self.words(level.name, at, &format!("level {n} needs a name, such as 小")),
            clause: self.words(level.clause, at, &format!("level {n} needs the clause of its counts")),
            general: self.interval(at, n, "general", level.general),
            general_quote: level.general_quote,
            special: self.interval(at, n, "special", level.special),
            special_quote: level.special_quote,
            natures,
            natures_quote: level.natures_quote,
            roles,
            roles_clause: self.words(level.roles_clause, at, &format!("level {n} needs roles_clause")),
            roles_quote: level.roles_quote,
            handle: Timed {
                quote: level.handle_quote,
                ..self.timed(at, &format!("level {n}: handle"), level.handle_within, level.handle_clause)
            },
            close: Timed {
                quote: level.close_quote,
                ..self.timed(at, &format!("level {n}: close"), level.close_within, level.close_clause)
            },
        }
    }

    fn nature(&mut self, written: Spanned<String>) -> Option<Nature> {
        let known = [Nature::Identification, Nature::Activity, Nature::Financial, Nature::Special];
        let found = known.into_iter().find(|nature| nature.id() == written.get_ref());
        if found.is_none() {
            let ids = known.map(Nature::id).join(", ");
            self.fault(written.span().start, format!("unknown nature `{}`: one of {ids}", written.get_ref()));
        }
        found
    }

    fn role(&mut self, written: Spanned<String>) -> String {
        if !ROLES.contains(&written.get_ref().as_str()) {
            let known = ROLES.join(", ");
            self.fault(written.span().start, format!("unknown role `{}`: one of {known}", written.get_ref()));
        }
        written.into_inner()
    }

    fn form(&mut self, written: Spanned<String>) -> String {
        if !FORMS.contains(&written.get_ref().as_str()) {
            let known = FORMS.join(", ");
            self.fault(written.span().start, format!("unknown form `{}`: one of {known}", written.get_ref()));
        }
        written.into_inner()
    }

    fn interval(&mut self, at: usize, n: u8, column: &str, field: Field<Vec<u64>>) -> Interval {
        let (at, bounds) = field.map_or((at, Vec::new()), |it| (it.span().start, it.into_inner()));
        match bounds[..] {
            [low] => Interval { low, high: None },
            [low, high] if low <= high => Interval { low, high: Some(high) },
            _ => {
                self.fault(at, format!("level {n} needs {column} = [low, high], or [low] for 以上"));
                UNREADABLE
            }
        }
    }

    fn timed(&mut self, at: usize, name: &str, within: Field<String>, clause: Field<String>) -> Timed {
        let place = within.as_ref().map_or(at, |it| it.span().start);
        let within_us = within.as_ref().and_then(|it| parse_span(it.get_ref()));
        if within_us.is_none() {
            self.fault(
                place,
                format!("{name} needs a time limit such as \"24h\", \"7d\", or \"0d\" for 立即"),
            );
        }
        let clause = self.words(clause, at, &format!("{name} needs the clause of its time limit"));
        let written = within.map_or(String::new(), Spanned::into_inner);
        Timed { within_us: within_us.unwrap_or(0), written, clause, quote: String::new() }
    }

    fn duty(&mut self, at: usize, duty: WrittenDuty) -> Duty {
        let place = duty.what.as_ref().map_or(at, |it| it.span().start);
        let what = duty.what.as_ref().map_or("", |it| it.get_ref());
        let known = DUTIES.into_iter().find(|id| *id == what);
        if known.is_none() {
            self.fault(place, format!("unknown duty `{what}`: what = one of {}", DUTIES.join(", ")));
        }
        let when = [
            duty.special_at_least.map(|number| Condition::Special(number.into_inner())),
            duty.at_least.map(|number| Condition::Count(number.into_inner())),
            duty.held_at_least.map(|number| Condition::Held(number.into_inner())),
        ];
        let when: Vec<Condition> = when.into_iter().flatten().collect();
        if when.is_empty() {
            let hint = "at_least, special_at_least or held_at_least = the number from which it holds";
            self.fault(at, format!("the duty needs a condition: {hint}"));
        }
        let place = duty.clock.as_ref().map_or(at, |it| it.span().start);
        let clock = self.words(duty.clock, at, "the duty needs a clock: clock = \"detected\"");
        if !matches!(clock.as_str(), "" | "detected") {
            self.fault(place, format!("unknown clock `{clock}`: clock = \"detected\""));
        }
        Duty {
            what: known.unwrap_or(DUTIES[0]),
            when,
            within: Timed { quote: duty.quote, ..self.timed(at, "the duty", duty.within, duty.clause) },
            clock,
            form: duty.form.map(|form| self.form(form)),
            text: self.words(duty.text, at, "the duty needs its text: what is to be done"),
            left_to_person: duty.left_to_person,
        }
    }

    fn notify(&mut self, notify: Spanned<WrittenNotify>) -> Notify {
        let at = notify.span().start;
        let notify = notify.into_inner();
        if notify.roles.is_empty() {
            self.fault(at, "[notify] needs roles, such as [\"dpo\"]".to_owned());
        }
        let roles = notify.roles.into_iter().map(|role| self.role(role)).collect();
        Notify {
            roles,
            clause: self.words(notify.clause, at, "[notify] needs its clause"),
            quote: notify.quote,
        }
    }

    fn stage(&mut self, at: usize, stage: WrittenStage) -> Stage {
        Stage {
            name: self.words(stage.name, at, "the stage needs its name"),
            by: self.words(stage.by, at, "the stage needs by = who is responsible"),
            steps: stage.steps,
            clause: self.words(stage.clause, at, "the stage needs its clause"),
        }
    }

    fn closing(&mut self, closing: Spanned<WrittenClosing>) -> Closing {
        let at = closing.span().start;
        let closing = closing.into_inner();
        if closing.parts.is_empty() {
            self.fault(at, "[closing] needs parts = what the file is made of".to_owned());
        }
        let clause = self.words(closing.clause, at, "[closing] needs its clause");
        Closing { parts: closing.parts, clause, quote: closing.quote }
    }

    /// Levels count up from 0 without a hole, as the letters and the roles that add up assume.
    fn order(&mut self, levels: &[Level], places: &[(usize, Interval)]) {
        for (expected, (level, (at, _))) in levels.iter().zip(places).enumerate() {
            if usize::from(level.n) != expected {
                self.fault(*at, format!("level {} stands where level {expected} belongs", level.n));
            }
        }
    }

    /// Every count from 0 on lies in exactly one interval of the column.
    fn cover(&mut self, column: &str, intervals: &[(usize, Interval)]) {
        if intervals.iter().any(|(_, interval)| *interval == UNREADABLE) {
            return;
        }
        let mut next = Some(0);
        for (at, Interval { low, high }) in intervals {
            match next {
                Some(next) if *low < next => {
                    self.fault(*at, format!("{column}: {low} overlaps the level before, begin at {next}"));
                }
                Some(next) if *low > next => {
                    self.fault(*at, format!("{column}: no level holds {next} to {}", low - 1));
                }
                None => self.fault(*at, format!("{column}: the level before has no upper bound")),
                Some(_) => {}
            }
            next = high.and_then(|high| high.checked_add(1));
        }
        if let (Some(next), Some((at, _))) = (next.filter(|_| !intervals.is_empty()), intervals.last()) {
            self.fault(*at, format!("{column}: no level holds {next} and more; the last one is [low]"));
        }
    }
}
