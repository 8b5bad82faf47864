//! How bad is it, and what must be done by when: levels and duties, as policy packs write them.
//!
//! A [`Policy`] is data with the clause of every value; [`judge`] is a pure function of the packs in force and of
//! what was measured. No threshold, deadline or role stands in code: a site that follows another rule writes a pack.

mod calendar;
mod factor;
mod file;
mod level;
mod policy;
mod prove;
mod reading;
mod words;

pub use calendar::{Calendar, Days, Timed};
pub use factor::{FACTORS, Factor};
pub use level::{Demand, Judgement, Measured, at_level, judge};
pub use policy::{
    Closing, Combine, Condition, DayKind, Duty, FORMS, Fault, GeneralCounts, Interval, Level, Mode, Notify,
    Policy, ROLES, RecordForm, Retention, Stage, Unit, in_order,
};
pub use reading::{Axis, Column, Reading};
pub use words::{role_en, role_zh, thousands, what_en, what_zh};

use crate::moment::Tz;

/// The packs that are active where a configuration names none.
pub const ACTIVE: [&str; 2] = ["nfu-ims-p-025", "moi-construction-110"];

/// The packs that come with the program: file name and text.
pub fn shipped() -> Vec<(&'static str, &'static str)> {
    vec![
        ("nfu-ims-p-025.toml", include_str!("../../config/policies/nfu-ims-p-025.toml")),
        ("moi-construction-110.toml", include_str!("../../config/policies/moi-construction-110.toml")),
        ("taipei-nco-112.toml", include_str!("../../config/policies/taipei-nco-112.toml")),
        ("pdpa-draft-2026.toml", include_str!("../../config/policies/pdpa-draft-2026.toml")),
    ]
}

/// The policies that applied at a time (microseconds): of several versions of one the latest that had begun.
pub fn in_force(policies: &[Policy], at: i64, zone: Tz) -> Vec<Policy> {
    let applied = policies.iter().filter(|policy| policy.applies(at, zone));
    let newest = applied.clone().filter(|policy| {
        let mut same = applied.clone().filter(|other| other.id == policy.id);
        same.all(|other| other.effective_from <= policy.effective_from)
    });
    newest.cloned().collect()
}
