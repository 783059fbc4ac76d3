//! Numbers as people read them.

/// `1,234,567`
pub(super) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Microseconds in the unit that is read at a glance, three digits.
pub(super) fn micros(us: f64) -> String {
    let (number, unit) = match us {
        us if us >= 999.5e3 => (us / 1e6, "s"),
        us if us >= 999.5 => (us / 1e3, "ms"),
        us => (us, "us"),
    };
    let digits = if number >= 100.0 { 0 } else { 1 + usize::from(number < 10.0) };
    format!("{number:.digits$} {unit}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_at_a_glance() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(count), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!([5.678, 56.78, 567.8].map(micros), ["5.68 us", "56.8 us", "568 us"]);
        assert_eq!([5_678.0, 999_700.0, 2_500_000.0].map(micros), ["5.68 ms", "1.00 s", "2.50 s"]);
    }
}
