//! What stands in a line by key or column, whatever parts its columns.

/// Names and values, in the order of the line.
pub(super) type Columns<'l> = Vec<(String, &'l [u8])>;

/// Of several names the first that says something, else the first that is there.
pub(super) fn chosen<'c, 'l>(columns: &'c Columns<'l>, names: &[String]) -> Option<&'c (String, &'l [u8])> {
    let all = names.iter().filter_map(|name| columns.iter().find(|(key, _)| key == name));
    all.clone().find(|(_, value)| !value.is_empty()).or_else(|| all.clone().next())
}
