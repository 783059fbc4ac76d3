//! html

use super::Result;

pub(super) fn write(_: &Result) -> String {
    String::new()
}
