//! Names taken apart, and better ones put together.

/// The words of a name between its underscores.
pub(super) fn words(name: &str) -> impl Iterator<Item = &str> {
    name.split('_')
}

/// The name without a word.
pub(super) fn without(name: &str, word: &str) -> String {
    words(name).filter(|other| *other != word).collect::<Vec<_>>().join("_")
}

/// The name with another word instead of `word`.
pub(super) fn replaced(name: &str, word: &str, better: &str) -> String {
    words(name).map(|other| if other == word { better } else { other }).collect::<Vec<_>>().join("_")
}

/// The name with a unit moved to the end, before `_total`.
pub(super) fn with_unit_last(name: &str, unit: &str) -> String {
    let name = without(name, unit);
    match name.strip_suffix("_total") {
        Some(stem) => format!("{stem}_{unit}_total"),
        None => format!("{name}_{unit}"),
    }
}

/// Whether a capital letter follows a small one.
pub(super) fn is_camel_case(name: &str) -> bool {
    name.chars().zip(name.chars().skip(1)).any(|(c, next)| is_hump(c, next))
}

/// The name in snake_case.
pub(super) fn snake_case(name: &str) -> String {
    let mut snake_case = String::with_capacity(name.len() + 4);
    let mut previous = '_';
    for c in name.chars() {
        if is_hump(previous, c) {
            snake_case.push('_');
        }
        snake_case.push(c.to_ascii_lowercase());
        previous = c;
    }
    snake_case
}

fn is_hump(c: char, next: char) -> bool {
    c.is_ascii_lowercase() && next.is_ascii_uppercase()
}
