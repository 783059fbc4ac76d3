//! Names of cases with `*` and `?` in them.

/// Whether a case is meant: the pattern is all of its id, all but the convo's name, or one of its first parts.
pub(super) fn matches(pattern: &str, id: &str) -> bool {
    let below = id.split_once('/').map_or(id, |(_, rest)| rest);
    [id, below].iter().any(|name| {
        glob(pattern.as_bytes(), name.as_bytes())
            || name.match_indices('/').any(|(end, _)| glob(pattern.as_bytes(), &name.as_bytes()[..end]))
    })
}

/// `*` is anything, `?` any one byte. Linear in the pattern times the text.
fn glob(pattern: &[u8], text: &[u8]) -> bool {
    let (mut at, mut from) = (0, 0);
    let mut star = None;
    while from < text.len() {
        match pattern.get(at) {
            Some(b'*') => {
                star = Some((at, from));
                at += 1;
            }
            Some(byte) if *byte == b'?' || *byte == text[from] => {
                at += 1;
                from += 1;
            }
            _ => {
                let Some((back, seen)) = star else { return false };
                star = Some((back, seen + 1));
                at = back + 1;
                from = seen + 1;
            }
        }
    }
    pattern[at..].iter().all(|byte| *byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn a_pattern_is_a_whole_id_a_family_or_has_stars() {
        let id = "sum-greeting/framing/line-11-cut-at-3";
        for pattern in
            [id, "framing", "sum-greeting", "framing/*", "*/line-11-*", "*cut-at-?", "sum-*/framing"]
        {
            assert!(matches(pattern, id), "{pattern}");
        }
        for pattern in ["fram", "values/*", "line-11", "framing/line-1?"] {
            assert!(!matches(pattern, id), "{pattern}");
        }
    }
}
