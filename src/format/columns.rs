//! What stands in a line by key or column, whatever parts its columns.

use std::borrow::Cow;

use super::ascii;

/// Names and values, in the order of the line.
pub(super) type Columns<'l> = Vec<(Cow<'l, str>, &'l [u8])>;

/// Of several names the first that says something, else the first that is there.
pub(super) fn chosen<'c, 'l>(
    columns: &'c Columns<'l>,
    names: &[String],
) -> Option<&'c (Cow<'l, str>, &'l [u8])> {
    let all = names.iter().filter_map(|name| columns.iter().find(|(key, _)| key == name));
    all.clone().find(|(_, value)| !value.is_empty()).or_else(|| all.clone().next())
}

/// The name of what stands under these keys: `user.name`. Items of an array have none of their own.
pub(super) fn joined<'l>(keys: &[&'l [u8]]) -> Cow<'l, str> {
    let mut keys = keys.iter().filter(|key| !key.is_empty()).map(|key| ascii(key));
    let first = keys.next().unwrap_or_default();
    keys.fold(Cow::Borrowed(first), |name, key| Cow::Owned(format!("{name}.{key}")))
}
