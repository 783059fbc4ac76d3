//! How a line of a talk between people looks at a terminal: the time of day first, names in colours of their own.
//!
//! ```text
//! <ann> hello        12:04 <ann> hello        a name has the same colour always and everywhere
//! * bob is here      12:05 * bob is here
//! ```

use anstyle::{Ansi256Color, Style};

/// Colours that can be read on dark and on light ground, and told apart.
const NAMES: [u8; 12] = [32, 35, 37, 65, 70, 98, 132, 136, 166, 168, 173, 203];

/// Whether there are colours at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Colours {
    Some,
    None,
}

/// The time of day at this place, `12:04`.
pub(super) fn now() -> String {
    jiff::Zoned::now().strftime("%H:%M").to_string()
}

/// A line as it is shown.
pub(super) fn line(text: &str, time: &str, colours: Colours) -> String {
    if colours == Colours::None {
        return format!("{time} {text}");
    }
    let dim = Style::new().dimmed();
    let Some((before, name, after)) = parts(text) else { return format!("{dim}{time}{dim:#} {text}") };
    let own = Style::new().fg_color(Some(colour(name).into()));
    format!("{dim}{time}{dim:#} {before}{own}{name}{own:#}{after}")
}

/// Who says it or whom it is about: `<name> …`, `* name …`.
fn parts(text: &str) -> Option<(&str, &str, &str)> {
    if let Some(rest) = text.strip_prefix('<') {
        let name = &rest[..rest.find('>')?];
        let is_name = !name.is_empty() && !name.contains(char::is_whitespace);
        return is_name.then(|| ("<", name, &rest[name.len()..]));
    }
    let rest = text.strip_prefix("* ")?;
    let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
    (end > 0).then(|| ("* ", &rest[..end], &rest[end..]))
}

/// FNV-1a of the name, so that every program on every day gives it the same colour.
fn colour(name: &str) -> Ansi256Color {
    let spread = |hash: u32| hash ^ (hash >> 13);
    let step = |hash: u32, byte: u8| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    let hash = name.bytes().fold(0x811c_9dc5, step);
    Ansi256Color(NAMES[spread(hash) as usize % NAMES.len()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_keeps_its_colour_wherever_it_stands() {
        assert_eq!(parts("<ann> hi"), Some(("<", "ann", "> hi")));
        assert_eq!(parts("* ann is here"), Some(("* ", "ann", " is here")));
        let shown = |text| line(text, "12:04", Colours::Some);
        let of =
            |shown: String| shown.split("ann").next().map(|before| before[before.len() - 11..].to_owned());
        assert_eq!(of(shown("<ann> hi")), of(shown("* ann is here")));
        assert_ne!(colour("ann"), colour("bob"));
    }

    #[test]
    fn what_names_nobody_is_shown_as_it_is() {
        for text in ["hello", "<>", "<no name", "< a b> c", "*", "* "] {
            assert_eq!(parts(text), None, "{text:?}");
        }
        assert_eq!(line("<ann> hi", "12:04", Colours::None), "12:04 <ann> hi");
    }
}
