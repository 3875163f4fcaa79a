//! Entries of authority (`roles:writer`), taken apart again. A claim's name may hold a colon (a namespaced URI), and so
//! may its value: only the names that the target declares tell where one ends. Judges nothing.

/// Claim and value of an entry. `None` where no declared claim, and not `scope`, has such a name.
#[must_use]
pub(super) fn claim_and_value<'e>(claims: &[String], entry: &'e str) -> Option<(&'e str, &'e str)> {
    let named = claims.iter().map(String::as_str).chain(["scope"]);
    let lengths = named
        .filter(|c| entry.strip_prefix(c).is_some_and(|rest| rest.starts_with(':')))
        .map(str::len);
    let length = lengths.max()?;
    Some((&entry[..length], &entry[length + 1..]))
}
