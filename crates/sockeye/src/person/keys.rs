//! What a terminal sends, as keys.
//!
//! ```text
//! h é \r          text, Enter
//! ESC [ D         an arrow (ESC O D on some terminals); ESC [ 3 ~ Delete; ESC [ 1 ; 5 D with Ctrl
//! ESC b           Alt and a letter
//! ```
//!
//! A sequence or a character may come in pieces: what is begun waits for its rest.

/// A key, or a chord that edits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    Char(char),
    Enter,
    /// Ctrl-D: Delete, or the end where the line is empty.
    EndOrDelete,
    Left,
    Right,
    WordLeft,
    WordRight,
    Home,
    End,
    Up,
    Down,
    Backspace,
    Delete,
    /// Ctrl-W.
    CutWord,
    /// Ctrl-U.
    CutToStart,
    /// Ctrl-K.
    CutToEnd,
    /// Ctrl-Y.
    Paste,
    /// Ctrl-L.
    Clear,
}

/// Bytes of one escape sequence or character, at most: what is longer is none.
const SEQUENCE_BYTES_MAX: usize = 32;

/// Cuts bytes into keys.
#[derive(Debug, Default)]
pub(super) struct Decoder {
    begun: Vec<u8>,
}

impl Decoder {
    /// Takes one byte; the key that it completes, if it does and means something here.
    pub(super) fn push(&mut self, byte: u8) -> Option<Key> {
        self.begun.push(byte);
        let key = match self.begun.as_slice() {
            [0x1b] | [0x1b, b'[' | b'O'] => return None,
            // A second Escape begins anew.
            [0x1b, 0x1b] => {
                self.begun.pop();
                return None;
            }
            [0x1b, b'[', middle @ .., last] => {
                if !(0x40..=0x7e).contains(last) && middle.len() < SEQUENCE_BYTES_MAX {
                    return None;
                }
                sequence(middle, *last)
            }
            [0x1b, b'O', last] => sequence(&[], *last),
            [0x1b, letter] => alt(*letter),
            [byte] if byte.is_ascii() => plain(*byte),
            text => match std::str::from_utf8(text) {
                Ok(text) => text.chars().next().map(Key::Char),
                // Its rest has not come.
                Err(error) if error.error_len().is_none() => return None,
                Err(_) => Some(Key::Char(char::REPLACEMENT_CHARACTER)),
            },
        };
        self.begun.clear();
        key
    }
}

fn plain(byte: u8) -> Option<Key> {
    Some(match byte {
        b'\r' | b'\n' => Key::Enter,
        0x01 => Key::Home,
        0x02 => Key::Left,
        0x04 => Key::EndOrDelete,
        0x05 => Key::End,
        0x06 => Key::Right,
        0x08 | 0x7f => Key::Backspace,
        0x0b => Key::CutToEnd,
        0x0c => Key::Clear,
        0x0e => Key::Down,
        0x10 => Key::Up,
        0x15 => Key::CutToStart,
        0x17 => Key::CutWord,
        0x19 => Key::Paste,
        b'\t' => Key::Char('\t'),
        byte if byte.is_ascii_control() => return None,
        byte => Key::Char(char::from(byte)),
    })
}

fn alt(letter: u8) -> Option<Key> {
    match letter {
        b'b' => Some(Key::WordLeft),
        b'f' => Some(Key::WordRight),
        0x7f => Some(Key::CutWord),
        _ => None,
    }
}

/// `ESC [ middle last`: where a number stands before `~` it names the key, elsewhere the last byte does.
fn sequence(middle: &[u8], last: u8) -> Option<Key> {
    let with_ctrl_or_alt = middle.ends_with(b";5") || middle.ends_with(b";3");
    Some(match (last, middle) {
        (b'D', _) if with_ctrl_or_alt => Key::WordLeft,
        (b'C', _) if with_ctrl_or_alt => Key::WordRight,
        (b'A', _) => Key::Up,
        (b'B', _) => Key::Down,
        (b'C', _) => Key::Right,
        (b'D', _) => Key::Left,
        (b'H', _) | (b'~', b"1" | b"7") => Key::Home,
        (b'F', _) | (b'~', b"4" | b"8") => Key::End,
        (b'~', b"3") => Key::Delete,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(bytes: &[u8]) -> Vec<Key> {
        let mut decoder = Decoder::default();
        bytes.iter().filter_map(|byte| decoder.push(*byte)).collect()
    }

    #[test]
    fn characters_of_any_length_are_one_key_each() {
        assert_eq!(keys("aé漢🦀".as_bytes()), ['a', 'é', '漢', '🦀'].map(Key::Char));
    }

    #[test]
    fn sequences_are_keys_or_nothing() {
        let bytes = b"\x1b[A\x1bOB\x1b[3~\x1b[1;5D\x1bf\x1b[15~\x1b[?1;2cx";
        let wanted = [Key::Up, Key::Down, Key::Delete, Key::WordLeft, Key::WordRight, Key::Char('x')];
        assert_eq!(keys(bytes), wanted);
    }

    #[test]
    fn whatever_comes_the_next_key_is_heard() {
        assert_eq!(keys(b"\x1b\x1b[C\xff\xc3a").first(), Some(&Key::Right));
        let mut long = b"\x1b[".to_vec();
        long.extend([b'1'; 100]);
        long.extend(b"~z");
        assert_eq!(keys(&long).last(), Some(&Key::Char('z')));
    }
}
