//! Cuts the stream into encrypted blocks, each as long as our key.

use super::SecureError;

/// Bytes that came and are not decrypted yet: at most one read beyond a block.
#[derive(Debug)]
pub(crate) struct Blocks {
    bytes: Vec<u8>,
    block_bytes: usize,
    /// Blocks cut so far, no further than the second.
    cut: usize,
}

impl Blocks {
    /// Starts with what came along with the peer's key.
    pub(crate) fn new(block_bytes: usize, begun: Vec<u8>) -> Self {
        Self { bytes: begun, block_bytes, cut: 0 }
    }

    /// Takes what one read delivered. Call [`Blocks::next`] until there is none before reading on.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// The next whole block.
    pub(crate) fn next(&mut self) -> Option<Vec<u8>> {
        if self.bytes.len() < self.block_bytes {
            return None;
        }
        let rest = self.bytes.split_off(self.block_bytes);
        self.cut = (self.cut + 1).min(2);
        Some(std::mem::replace(&mut self.bytes, rest))
    }

    /// What `block` is without a newline that the peer said after its key: only the first block can have it.
    pub(crate) fn newline<'a>(&self, block: &'a [u8]) -> Option<&'a [u8]> {
        if self.cut > 1 {
            return None;
        }
        block.strip_prefix(b"\r\n").or_else(|| block.strip_prefix(b"\n"))
    }

    /// Puts the beginning of the first block back: it was cut too early, by a newline.
    pub(crate) fn shift(&mut self, mut first: Vec<u8>) {
        first.append(&mut self.bytes);
        self.bytes = first;
    }

    /// What came and makes no block yet.
    pub(crate) fn rest(&self) -> &[u8] {
        &self.bytes
    }

    /// The stream has ended.
    ///
    /// # Errors
    /// It ended inside a block.
    pub(crate) fn end(&self) -> Result<(), SecureError> {
        match self.bytes.as_slice() {
            [] => Ok(()),
            // It belongs to the key.
            b"\n" | b"\r\n" if self.cut == 0 => Ok(()),
            came => Err(SecureError::CutShort { came: came.len(), block: self.block_bytes }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_cut_out_of_any_pieces() {
        let stream: Vec<u8> = (0..12).collect();
        for first in 0..=stream.len() {
            let mut blocks = Blocks::new(4, stream[..first].to_vec());
            let mut cut = Vec::new();
            cut.extend(std::iter::from_fn(|| blocks.next()));
            blocks.push(&stream[first..]);
            cut.extend(std::iter::from_fn(|| blocks.next()));
            assert_eq!(cut, stream.chunks(4).map(<[u8]>::to_vec).collect::<Vec<_>>(), "cut at {first}");
            assert!(blocks.end().is_ok());
        }
    }

    #[test]
    fn a_newline_after_the_key_is_told_from_the_first_block_only() {
        for newline in [&b"\n"[..], b"\r\n"] {
            let mut blocks = Blocks::new(4, [newline, &[1, 2, 3, 4, b'\n', 6, 7, 8]].concat());
            let first = blocks.next().expect("a block, shifted");
            let rest = blocks.newline(&first).expect("it may be a newline").to_vec();
            blocks.shift(rest);
            assert_eq!(blocks.next(), Some(vec![1, 2, 3, 4]));
            let second = blocks.next().expect("a block");
            assert_eq!(second, [b'\n', 6, 7, 8]);
            assert_eq!(blocks.newline(&second), None);
            assert!(blocks.end().is_ok());
            assert!(Blocks::new(4, newline.to_vec()).end().is_ok(), "no block came");
        }
    }

    #[test]
    fn a_stream_that_ends_inside_a_block_is_an_error() {
        let mut blocks = Blocks::new(4, vec![1, 2, 3, 4, 5]);
        assert!(blocks.next().is_some());
        assert!(blocks.next().is_none());
        assert!(matches!(blocks.end(), Err(SecureError::CutShort { came: 1, block: 4 })));
    }
}
