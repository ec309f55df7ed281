//! Sizes for people.

/// In the unit that people read best, such as `83.1 MB`. A kilobyte has 1000 bytes here, as on a stick.
pub(super) fn shown(bytes: u64) -> String {
    const UNITS: [(&str, f64); 3] = [("GB", 1e9), ("MB", 1e6), ("kB", 1e3)];
    let bytes_exactly = bytes as f64;
    let unit = UNITS.iter().find(|(_, size)| bytes_exactly >= *size);
    unit.map_or_else(|| format!("{bytes} B"), |(name, size)| format!("{:.1} {name}", bytes_exactly / size))
}
