//! The units that metric names hold. The lists are those of client_golang's `promlint`.

const BASE_UNITS: [&str; 10] =
    ["amperes", "bytes", "celsius", "grams", "joules", "kelvin", "meters", "metres", "seconds", "volts"];

/// Other units, and the base unit to use instead.
const OTHER_UNITS: [(&str, &str); 14] = [
    ("minutes", "seconds"),
    ("hours", "seconds"),
    ("days", "seconds"),
    ("weeks", "seconds"),
    ("kelvins", "kelvin"),
    ("fahrenheit", "celsius"),
    ("rankine", "celsius"),
    ("inches", "meters"),
    ("yards", "meters"),
    ("miles", "meters"),
    ("bits", "bytes"),
    ("calories", "joules"),
    ("pounds", "grams"),
    ("ounces", "grams"),
];

const PREFIXES: [&str; 19] = [
    "pico", "nano", "micro", "milli", "centi", "deci", "deca", "hecto", "kilo", "kibi", "mega", "mebi", "mibi", "giga",
    "gibi", "tera", "tebi", "peta", "pebi",
];

/// Abbreviations, and the base unit that they most likely mean.
const ABBREVIATIONS: [(&str, &str); 14] = [
    ("s", "seconds"),
    ("ms", "seconds"),
    ("us", "seconds"),
    ("ns", "seconds"),
    ("sec", "seconds"),
    ("m", "seconds"),
    ("h", "seconds"),
    ("d", "seconds"),
    ("b", "bytes"),
    ("kb", "bytes"),
    ("mb", "bytes"),
    ("gb", "bytes"),
    ("tb", "bytes"),
    ("pb", "bytes"),
];

/// Whether a word is a base unit.
pub(super) fn is_base_unit(word: &str) -> bool {
    BASE_UNITS.contains(&word)
}

/// The base unit to use instead of a word such as `minutes` or `kilobytes`.
pub(super) fn base_unit_instead_of(word: &str) -> Option<&'static str> {
    let prefixed = PREFIXES.iter().filter_map(|prefix| word.strip_prefix(prefix));
    other_unit(word).or_else(|| prefixed.filter_map(|unit| base_unit(unit).or(other_unit(unit))).next())
}

/// The base unit to use instead of an abbreviation such as `ms`.
pub(super) fn unit_abbreviated_by(word: &str) -> Option<&'static str> {
    find(&ABBREVIATIONS, word)
}

fn base_unit(word: &str) -> Option<&'static str> {
    BASE_UNITS.into_iter().find(|unit| *unit == word)
}

fn other_unit(word: &str) -> Option<&'static str> {
    find(&OTHER_UNITS, word)
}

fn find(table: &[(&str, &'static str)], word: &str) -> Option<&'static str> {
    table.iter().find(|(name, _)| *name == word).map(|(_, unit)| *unit)
}
