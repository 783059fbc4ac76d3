//! Names of lists, rooms and keys as one token of a NATS subject.
//!
//! Letters, digits and `-` stand for themselves, every other byte is `=` and two hexadecimal digits, and nothing at all
//! is `=`: fit for subjects, for streams' names and for keys of a bucket.

use crate::StoreError;

/// The longest name that NATS is given, bytes: a subject has to fit into one line of its protocol.
const NAME_BYTES_MAX: usize = 512;

/// A name as a token.
///
/// # Errors
/// It is too long.
pub(super) fn token(name: &str) -> Result<String, StoreError> {
    let bytes = name.len();
    if bytes > NAME_BYTES_MAX {
        return Err(StoreError::Failed(format!(
            "a name or key has up to {NAME_BYTES_MAX} bytes on NATS, and this one has {bytes}"
        )));
    }
    let mut token = String::with_capacity(bytes.max(1));
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || byte == b'-' {
            token.push(char::from(byte));
        } else {
            token.push('=');
            for half in [byte >> 4, byte & 15] {
                token.push(char::from(b"0123456789ABCDEF"[usize::from(half)]));
            }
        }
    }
    if token.is_empty() {
        token.push('=');
    }
    Ok(token)
}

/// The name that a token stands for, if it is one.
pub(super) fn name(token: &str) -> Option<String> {
    if token == "=" {
        return Some(String::new());
    }
    let mut bytes = Vec::with_capacity(token.len());
    let mut rest = token.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'=' => hexadecimal(rest.next()?)? << 4 | hexadecimal(rest.next()?)?,
            byte => byte,
        });
    }
    String::from_utf8(bytes).ok()
}

fn hexadecimal(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_one_token_and_comes_back() {
        for text in ["", "lobby", "a.b>*c", "=", "=41", "Grüße, 世界", "\0\r\n ", "x-1"] {
            let token = token(text).expect("short enough");
            let fit = |byte: u8| byte.is_ascii_alphanumeric() || b"-=".contains(&byte);
            assert!(!token.is_empty() && token.bytes().all(fit), "{token}");
            assert_eq!(name(&token).as_deref(), Some(text));
        }
    }

    #[test]
    fn tokens_that_no_name_makes_are_no_names() {
        for text in ["=4", "=zz", "=FF"] {
            assert_eq!(name(text), None, "{text}");
        }
    }

    #[test]
    fn names_that_fit_no_subject_are_refused() {
        assert!(token(&"x".repeat(NAME_BYTES_MAX)).is_ok());
        let error = token(&"x".repeat(NAME_BYTES_MAX + 1)).expect_err("too long").to_string();
        assert!(error.contains("512 bytes") && error.contains("513"), "{error}");
    }
}
