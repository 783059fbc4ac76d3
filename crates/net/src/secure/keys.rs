//! RSA keys: ours, made once a process, and our peers'.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rsa::{
    KeySize, OAEP_SHA1_MGF1SHA1, OaepPrivateDecryptingKey, OaepPublicEncryptingKey, PrivateDecryptingKey,
    PublicEncryptingKey,
};
use rsa::pkcs8::der::pem::LineEnding;
use rsa::pkcs8::{DecodePublicKey, Document, EncodePublicKey, SubjectPublicKeyInfoRef};
use rsa::traits::PublicKeyParts;
use rsa::{Oaep, RsaPublicKey, pkcs1};
use tokio::sync::OnceCell;

use super::SecureError;

#[cfg(test)]
mod tests;

/// What OAEP with SHA-1 takes of each block, bytes: two digests and two more.
const OAEP_BYTES: usize = 2 * 20 + 2;
/// Shorter keys of peers are refused.
const PEER_BITS_MIN: usize = 1024;
/// Longer keys of peers are refused.
const PEER_BITS_MAX: usize = 4096;
/// Shorter keys of peers are taken with a warning, and only `rsa` encrypts to them.
const SAFE_BITS_MIN: usize = 2048;

/// The length of our RSA key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RsaBits {
    /// 2048 bits.
    #[default]
    B2048,
    /// 3072 bits.
    B3072,
    /// 4096 bits, the longest that the original programs are sure to take.
    B4096,
}

/// `--rsa-bits` with another number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("our RSA key can have 2048, 3072 or 4096 bits, not {0}")]
pub struct RsaBitsError(String);

impl FromStr for RsaBits {
    type Err = RsaBitsError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "2048" => Ok(Self::B2048),
            "3072" => Ok(Self::B3072),
            "4096" => Ok(Self::B4096),
            other => Err(RsaBitsError(other.to_owned())),
        }
    }
}

impl fmt::Display for RsaBits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::B2048 => "2048",
            Self::B3072 => "3072",
            Self::B4096 => "4096",
        })
    }
}

/// Our RSA key: made when it is first needed, off the runtime's thread, and never stored. Clones are the same key.
#[derive(Debug, Clone)]
pub struct Keys {
    bits: RsaBits,
    own: Arc<OnceCell<Arc<OwnKey>>>,
}

impl Keys {
    /// A key of this length, not yet made.
    #[must_use]
    pub fn new(bits: RsaBits) -> Self {
        Self { bits, own: Arc::default() }
    }

    /// Our public key as it goes over the wire: PEM without a newline at its end. Cancel safe.
    ///
    /// # Errors
    /// No key could be made.
    pub async fn pem(&self) -> Result<String, SecureError> {
        Ok(self.own().await?.pem().to_owned())
    }

    /// The key; the first caller makes it, others wait. Cancel safe.
    pub(crate) async fn own(&self) -> Result<Arc<OwnKey>, SecureError> {
        let bits = self.bits;
        let make = || async move {
            let made = tokio::task::spawn_blocking(move || OwnKey::make(bits)).await;
            made.unwrap_or(Err(SecureError::Library("no key could be made"))).map(Arc::new)
        };
        self.own.get_or_try_init(make).await.cloned()
    }
}

/// Our key pair.
#[derive(Debug)]
pub(crate) struct OwnKey {
    private: OaepPrivateDecryptingKey,
    pem: String,
}

impl OwnKey {
    /// Makes a key: 0.1 to 2 s of one processor.
    fn make(bits: RsaBits) -> Result<Self, SecureError> {
        let size = match bits {
            RsaBits::B2048 => KeySize::Rsa2048,
            RsaBits::B3072 => KeySize::Rsa3072,
            RsaBits::B4096 => KeySize::Rsa4096,
        };
        let private =
            PrivateDecryptingKey::generate(size).map_err(|_| SecureError::Library("no key could be made"))?;
        let unprintable = "our public key could not be written";
        let der: PublicKeyX509Der<'_> =
            private.public_key().as_der().map_err(|_| SecureError::Library(unprintable))?;
        let pem = RsaPublicKey::from_public_key_der(der.as_ref())
            .ok()
            .and_then(|key| key.to_public_key_pem(LineEnding::LF).ok())
            .ok_or(SecureError::Library(unprintable))?;
        let private = OaepPrivateDecryptingKey::new(private)
            .map_err(|_| SecureError::Library("our key cannot be used for OAEP"))?;
        Ok(Self { private, pem: pem.trim_end().to_owned() })
    }

    /// The public key as it goes over the wire, without a newline at its end.
    pub(crate) fn pem(&self) -> &str {
        &self.pem
    }

    /// How long a block to us is.
    pub(crate) fn block_bytes(&self) -> usize {
        self.private.key_size_bytes()
    }

    /// Opens a block: up to 5 ms of one processor.
    ///
    /// # Errors
    /// It was not encrypted for this key. Nothing more is said about it: an attacker could learn from more.
    pub(crate) fn decrypt(&self, block: &[u8]) -> Result<Vec<u8>, SecureError> {
        let mut text = vec![0; self.private.min_output_size()];
        let opened = self.private.decrypt(&OAEP_SHA1_MGF1SHA1, block, &mut text, None);
        let length = opened.map_err(|_| SecureError::Block(block.len()))?.len();
        text.truncate(length);
        Ok(text)
    }
}

/// A peer's public key.
#[derive(Debug)]
pub(crate) enum PeerKey {
    /// 2048 bits and more.
    Safe(OaepPublicEncryptingKey),
    /// 1024 to 2047 bits.
    Short(RsaPublicKey),
}

impl PeerKey {
    /// Reads a key from PEM.
    ///
    /// # Errors
    /// It is no RSA key, or of a length that is not accepted.
    pub(crate) fn read(pem: &str) -> Result<Self, SecureError> {
        let bits = bits(pem)?;
        if !(PEER_BITS_MIN..=PEER_BITS_MAX).contains(&bits) {
            return Err(SecureError::KeyLength(bits));
        }
        let key = RsaPublicKey::from_public_key_pem(pem).map_err(none)?;
        if bits < SAFE_BITS_MIN {
            return Ok(Self::Short(key));
        }
        let refused = |_| SecureError::Library("the peer's key cannot be used");
        let der =
            key.to_public_key_der().map_err(|_| SecureError::Library("the peer's key cannot be used"))?;
        let key = PublicEncryptingKey::from_der(der.as_bytes())
            .map_err(|_| SecureError::Library("the peer's key cannot be used"))?;
        OaepPublicEncryptingKey::new(key).map(Self::Safe).map_err(refused)
    }

    /// The key's length, if it is shorter than what is held to be safe.
    pub(crate) fn weak_bits(&self) -> Option<usize> {
        match self {
            Self::Safe(_) => None,
            Self::Short(key) => Some(key.n().bits()),
        }
    }

    /// The longest message that one block carries, bytes.
    pub(crate) fn message_bytes_max(&self) -> usize {
        let block_bytes = match self {
            Self::Safe(key) => key.key_size_bytes(),
            Self::Short(key) => key.size(),
        };
        block_bytes - OAEP_BYTES
    }

    /// One message as a block, appended to `out`.
    ///
    /// # Errors
    /// It is longer than [`PeerKey::message_bytes_max`].
    pub(crate) fn encrypt(&self, text: &[u8], out: &mut Vec<u8>) -> Result<(), SecureError> {
        const FAILED: SecureError = SecureError::Library("a message could not be encrypted");
        match self {
            Self::Safe(key) => {
                let begin = out.len();
                out.resize(begin + key.ciphertext_size(), 0);
                key.encrypt(&OAEP_SHA1_MGF1SHA1, text, &mut out[begin..], None).map_err(|_| FAILED)?;
            }
            Self::Short(key) => {
                let padding = Oaep::new::<sha1::Sha1>();
                let block = key.encrypt(&mut rsa::rand_core::OsRng, padding, text).map_err(|_| FAILED)?;
                out.extend_from_slice(&block);
            }
        }
        Ok(())
    }
}

/// How long the RSA key in `pem` is. `RsaPublicKey` does not say it of keys that it refuses.
fn bits(pem: &str) -> Result<usize, SecureError> {
    let (_, der) = Document::from_pem(pem).map_err(none)?;
    let info = SubjectPublicKeyInfoRef::try_from(der.as_bytes()).map_err(none)?;
    let algorithm = info.algorithm.oid;
    if algorithm != pkcs1::ALGORITHM_OID {
        return Err(none(format!("it is a key of another kind, algorithm {algorithm}")));
    }
    let key = info.subject_public_key.as_bytes().unwrap_or_default();
    let key = pkcs1::RsaPublicKey::try_from(key).map_err(none)?;
    let modulus = key.modulus.as_bytes();
    let unused = modulus.first().map_or(0, |first| first.leading_zeros() as usize);
    Ok(8 * modulus.len() - unused)
}

fn none(why: impl fmt::Display) -> SecureError {
    SecureError::NoKey(format!("but what came is none: {why}"))
}
