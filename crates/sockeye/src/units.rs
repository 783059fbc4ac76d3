//! Times, sizes and `name=value` as they are written on the command line.

use std::time::Duration;

const TIMES: &[(&str, u64)] = &[("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)];
const SIZES: &[(&str, u64)] = &[
    ("", 1),
    ("B", 1),
    ("kB", 1_000),
    ("KiB", 1 << 10),
    ("MB", 1_000_000),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
];

/// A time above zero: `500ms`, `10s`, `2m`, `1h`, `30d`.
///
/// # Errors
/// What was expected instead.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    amount(text, TIMES)
        .map(Duration::from_millis)
        .ok_or_else(|| "expected a time such as 10s, 500ms or 2m".to_owned())
}

/// A size in bytes, above zero: `65536`, `64KiB`, `1MiB`.
///
/// # Errors
/// What was expected instead.
pub(crate) fn size(text: &str) -> Result<usize, String> {
    amount(text, SIZES)
        .and_then(|bytes| usize::try_from(bytes).ok())
        .ok_or_else(|| "expected a size such as 64KiB, 1MiB or 65536 (bytes)".to_owned())
}

/// `name=value`; the value may be empty and may hold further `=`.
///
/// # Errors
/// What was expected instead.
pub(crate) fn setting(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("expected name=value".to_owned()),
    }
}

/// The whole number before its unit, times the unit; nothing for zero and for what is too much.
fn amount(text: &str, units: &[(&str, u64)]) -> Option<u64> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let number: u64 = number.parse().ok()?;
    let (_, factor) = units.iter().find(|(name, _)| *name == unit)?;
    number.checked_mul(*factor).filter(|amount| *amount > 0)
}

#[cfg(test)]
mod tests;
