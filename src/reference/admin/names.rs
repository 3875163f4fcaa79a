//! Names that administrators give: plain words, so that they need no escaping in policies, paths or logs.

use super::answer::Trouble;

/// The longest name.
const LONGEST: usize = 128;

/// True for letters, digits and `-_.:~@+`, up to 128 of them.
pub fn is_plain(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.:~@+".contains(c);
    !name.is_empty() && name.len() <= LONGEST && name.chars().all(plain)
}

/// Complains where a name is not plain.
pub fn plain(name: &str) -> Result<(), Trouble> {
    if is_plain(name) {
        Ok(())
    } else {
        Err(Trouble::Unreadable("a name has 1 to 128 letters, digits and -_.:~@+".to_owned()))
    }
}
