//! How bad is it, and what must be done by when: levels and duties, as policy packs write them.
//!
//! A [`Policy`] is data with the clause of every value; [`judge`] is a pure function of the packs in force and of
//! what was measured. No threshold, deadline or role stands in code: a site that follows another rule writes a pack.

mod factor;
mod file;
mod level;
mod policy;
mod prove;

pub use factor::{FACTORS, Factor};
pub use level::{Demand, Judgement, Measured, at_level, judge, thousands};
pub use policy::{
    Combine, Duty, Fault, GeneralCounts, Interval, Level, Mode, Policy, ROLES, RecordForm, Retention, Timed,
    Unit, in_order,
};

/// The packs that come with the program: file name and text.
pub fn shipped() -> Vec<(&'static str, &'static str)> {
    vec![
        ("nfu-ims-p-025.toml", include_str!("../../config/policies/nfu-ims-p-025.toml")),
        ("moi-construction-110.toml", include_str!("../../config/policies/moi-construction-110.toml")),
    ]
}
