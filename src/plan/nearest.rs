//! What a misspelt name may have meant.

/// The known name that is nearest to a misspelt one, if it is near enough to be meant.
#[must_use]
pub fn nearest<'k>(name: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let plain = plain(name);
    // a name of a megabyte is no typo, and comparing is quadratic
    if plain.chars().count() > 100 {
        return None;
    }
    known
        .into_iter()
        .map(|k| (strsim::osa_distance(&plain, &self::plain(k)), k))
        .filter(|(distance, k)| *distance <= (plain.len().max(k.len()) / 3).max(1))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, k)| k)
}

/// Help for an unknown name: the nearest, else all of them where they are few.
#[must_use]
pub fn suggestion<'k>(name: &str, known: impl IntoIterator<Item = &'k str>, what: &str) -> String {
    let known: Vec<_> = known.into_iter().collect();
    if let Some(near) = nearest(name, known.iter().copied()) {
        return format!("did you mean `{near}`?");
    }
    if known.is_empty() {
        return format!("there are no {what}");
    }
    let shown: Vec<_> = known.iter().take(12).map(|k| format!("`{k}`")).collect();
    let more = if known.len() > shown.len() { ", ..." } else { "" };
    format!("{what}: {}{more}", shown.join(", "))
}

fn plain(name: &str) -> String {
    name.to_lowercase().replace(['_', ' '], "-")
}
