//! What the command line takes for a time, a size and a setting.

use std::time::Duration;

use super::{duration, setting, size};

#[test]
fn times_have_a_unit_and_are_above_zero() {
    assert_eq!(duration("10s"), Ok(Duration::from_secs(10)));
    assert_eq!(duration("500ms"), Ok(Duration::from_millis(500)));
    assert_eq!(duration("2m"), Ok(Duration::from_secs(120)));
    for wrong in
        ["", "10", "s", "0s", "-1s", "1.5s", "10 s", "99999999999999999999s", "18446744073709551615h"]
    {
        assert!(duration(wrong).is_err(), "{wrong:?}");
    }
}

#[test]
fn sizes_are_bytes_unless_said_otherwise() {
    assert_eq!(size("65536"), Ok(65_536));
    assert_eq!(size("64KiB"), Ok(65_536));
    assert_eq!(size("1MiB"), Ok(1 << 20));
    assert_eq!(size("1kB"), Ok(1_000));
    for wrong in ["", "0", "KiB", "64kib", "-1"] {
        assert!(size(wrong).is_err(), "{wrong:?}");
    }
}

#[test]
fn a_setting_is_cut_at_its_first_equals_sign() {
    assert_eq!(setting("a=b=c"), Ok(("a".to_owned(), "b=c".to_owned())));
    assert_eq!(setting("a="), Ok(("a".to_owned(), String::new())));
    assert!(setting("=a").is_err());
    assert!(setting("a").is_err());
}
