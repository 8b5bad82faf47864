//! What a log cannot show and a level table names all the same: a complaint, the media, an order, a lawsuit. A person says
//! that it has happened; the pack says which level that makes.

use serde::Deserialize;
use toml::Spanned;

use super::file::Field;

/// Ids of the factors that a pack may name, which are options of `breachd incident level`.
pub const FACTORS: [&str; 5] = ["complaint", "outside-complaint", "media", "authority-order", "litigation"];

/// A factor and the level that it makes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Factor {
    /// One of [`FACTORS`].
    pub id: String,
    /// At least this level.
    pub level: u8,
    /// The clause.
    pub clause: String,
}

/// As a pack writes it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WrittenFactor {
    pub(super) id: Field<String>,
    pub(super) level: Field<u8>,
    pub(super) clause: Field<String>,
}

/// Proves the factors of a pack whose levels are these; `fault` is told what is wrong, and where.
pub(super) fn prove(
    written: Vec<Spanned<WrittenFactor>>,
    levels: &[u8],
    fault: &mut dyn FnMut(usize, String),
) -> Vec<Factor> {
    let mut factors: Vec<Factor> = Vec::new();
    for factor in written {
        let at = factor.span().start;
        let WrittenFactor { id, level, clause } = factor.into_inner();
        let at_id = id.as_ref().map_or(at, |id| id.span().start);
        let id = id.map_or_else(String::new, Spanned::into_inner);
        if !FACTORS.contains(&id.as_str()) {
            fault(at_id, format!("unknown factor `{id}`: one of {}", FACTORS.join(", ")));
        }
        if factors.iter().any(|other| other.id == id) {
            fault(at_id, format!("factor `{id}` stands here twice"));
        }
        let at_level = level.as_ref().map_or(at, |level| level.span().start);
        let level = level.map(Spanned::into_inner);
        if level.is_none_or(|level| !levels.contains(&level)) {
            fault(at_level, format!("factor `{id}` needs one of the levels of this pack"));
        }
        let clause = clause.map_or_else(String::new, Spanned::into_inner);
        if clause.trim().is_empty() {
            fault(at, format!("factor `{id}` needs its clause"));
        }
        factors.push(Factor { id, level: level.unwrap_or_default(), clause });
    }
    factors
}
