//! Cuts the stream into encrypted blocks, each as long as our key.

use super::SecureError;

/// Bytes that came and are not decrypted yet: at most one read beyond a block.
#[derive(Debug)]
pub(crate) struct Blocks {
    bytes: Vec<u8>,
    block_bytes: usize,
}

impl Blocks {
    /// Starts with what came along with the peer's key.
    pub(crate) fn new(block_bytes: usize, begun: Vec<u8>) -> Self {
        Self { bytes: begun, block_bytes }
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
        Some(std::mem::replace(&mut self.bytes, rest))
    }

    /// The stream has ended.
    ///
    /// # Errors
    /// It ended inside a block.
    pub(crate) fn end(&self) -> Result<(), SecureError> {
        match self.bytes.len() {
            0 => Ok(()),
            came => Err(SecureError::CutShort { came, block: self.block_bytes }),
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
    fn a_stream_that_ends_inside_a_block_is_an_error() {
        let mut blocks = Blocks::new(4, vec![1, 2, 3, 4, 5]);
        assert!(blocks.next().is_some());
        assert!(blocks.next().is_none());
        assert!(matches!(blocks.end(), Err(SecureError::CutShort { came: 1, block: 4 })));
    }
}
