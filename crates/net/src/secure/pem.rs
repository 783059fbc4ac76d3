//! Cuts the peer's key out of the stream: PEM, in whatever pieces it comes.

use super::SecureError;

const BEGIN: &[u8] = b"-----BEGIN PUBLIC KEY-----";
const END: &[u8] = b"-----END PUBLIC KEY-----";

/// The longest key accepted, bytes of PEM: what the original programs read at once. 4096 bits need 800.
const PEM_BYTES_MAX: usize = 2048;

/// Collects the peer's key.
#[derive(Debug, Default)]
pub(super) struct PemCutter {
    bytes: Vec<u8>,
}

/// A key, and the bytes that came after it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Cut {
    /// From `-----BEGIN` to `END PUBLIC KEY-----`.
    pub(super) pem: String,
    /// The beginning of the first block, if it came along.
    pub(super) rest: Vec<u8>,
}

impl PemCutter {
    /// Takes what one read delivered; says the key once it is whole.
    ///
    /// # Errors
    /// What came cannot become a key, noticed at its first wrong byte.
    pub(super) fn push(&mut self, bytes: &[u8]) -> Result<Option<Cut>, SecureError> {
        self.bytes.extend_from_slice(bytes);
        let begun = self.bytes.len().min(BEGIN.len());
        if self.bytes[..begun] != BEGIN[..begun] {
            let came = self.bytes[..begun].escape_ascii();
            return Err(SecureError::NoKey(format!(
                "which begins with -----BEGIN PUBLIC KEY-----; \"{came}\" came"
            )));
        }
        let end = self.bytes.windows(END.len()).position(|window| window == END);
        let end = end.map(|at| at + END.len());
        match end {
            Some(end) if end <= PEM_BYTES_MAX => {
                let rest = self.bytes.split_off(end);
                let pem = String::from_utf8(std::mem::take(&mut self.bytes))
                    .map_err(|_| SecureError::NoKey("but it has bytes that are no text".to_owned()))?;
                Ok(Some(Cut { pem, rest }))
            }
            None if self.bytes.len() < PEM_BYTES_MAX => Ok(None),
            _ => Err(SecureError::NoKey(format!("but its end did not come within {PEM_BYTES_MAX} bytes"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "-----BEGIN PUBLIC KEY-----\nMIGf\n-----END PUBLIC KEY-----";

    #[test]
    fn a_key_is_cut_out_of_any_pieces() {
        let stream = [KEY.as_bytes(), b"\x01block"].concat();
        for first in 0..stream.len() {
            let mut cutter = PemCutter::default();
            let mut found = None;
            for piece in [&stream[..first], &stream[first..]] {
                match &mut found {
                    None => found = cutter.push(piece).expect("no error"),
                    Some(Cut { rest, .. }) => rest.extend_from_slice(piece),
                }
            }
            let expected = Cut { pem: KEY.to_owned(), rest: b"\x01block".to_vec() };
            assert_eq!(found, Some(expected), "cut at {first}");
        }
    }

    #[test]
    fn what_is_no_key_is_refused_at_its_first_wrong_byte() {
        let error = PemCutter::default().push(b"-----BEGIN RSA").expect_err("no key");
        assert!(error.to_string().contains("-----BEGIN RSA"), "{error}");
        assert!(PemCutter::default().push(b"hello").is_err());
    }

    #[test]
    fn a_key_without_end_is_refused_before_it_fills_memory() {
        let mut cutter = PemCutter::default();
        assert_eq!(cutter.push(BEGIN).expect("a beginning"), None);
        let mut taken = 0;
        while cutter.push(&[b'A'; 100]).is_ok() {
            taken += 100;
            assert!(taken <= PEM_BYTES_MAX);
        }
    }
}
