//! Text from anywhere inside XML and HTML.

use crate::report::visible;

/// Text that cannot be taken for markup: control characters, and those that turn text around, as visible escapes.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in visible::on_screen(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // XML 1.0 has no way to write these.
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn nothing_in_a_text_is_markup_and_nothing_is_lost() {
        let text = "</script><b a='\"'>&amp; ]]> \0\u{1b}[2J\u{85}\u{202e}\u{ffff} žlutý\n";
        let shown = "&lt;/script&gt;&lt;b a=&#39;&quot;&#39;&gt;&amp;amp; ]]&gt; \\0\\x1b[2J\\u{85}\\u{202e}\u{fffd} žlutý\n";
        assert_eq!(escaped(text), shown);
    }
}
