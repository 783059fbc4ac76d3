//! Keys made, read, refused; blocks encrypted and decrypted by both libraries.

use rsa::RsaPrivateKey;
use rsa::pkcs8::EncodePublicKey;
use rsa::rand_core::OsRng;

use super::*;

fn peer(bits: usize) -> (RsaPrivateKey, String) {
    let private = RsaPrivateKey::new(&mut OsRng, bits).expect("a key");
    let pem = private.to_public_key().to_public_key_pem(LineEnding::LF).expect("PEM");
    (private, pem.trim_end().to_owned())
}

#[test]
fn a_key_of_1024_bits_is_taken_as_weak_and_gets_86_bytes_a_block() {
    let (private, pem) = peer(1024);
    assert_eq!(pem.len(), 271, "the length that the original program's key has");
    let key = PeerKey::read(&pem).expect("a key");
    assert_eq!(key.weak_bits(), Some(1024));
    assert_eq!(key.message_bytes_max(), 86);
    let mut block = Vec::new();
    key.encrypt(&[7; 86], &mut block).expect("the longest message");
    assert_eq!(block.len(), 128);
    let opened = private.decrypt(Oaep::new::<sha1::Sha1>(), &block).expect("OAEP with SHA-1");
    assert_eq!(opened, [7; 86]);
    assert!(key.encrypt(&[7; 87], &mut block).is_err());
}

/// Any odd number of that length looks like a key; a real one would take a minute to make.
fn of_8192_bits() -> String {
    let number = [0xff; 1024];
    let der = pkcs1::RsaPublicKey {
        modulus: pkcs1::UintRef::new(&number).expect("a number"),
        public_exponent: pkcs1::UintRef::new(&[1, 0, 1]).expect("a number"),
    };
    let der = pkcs1::der::Encode::to_der(&der).expect("DER");
    let info = rsa::pkcs8::spki::SubjectPublicKeyInfo {
        algorithm: pkcs1::ALGORITHM_ID,
        subject_public_key: rsa::pkcs8::der::asn1::BitString::from_bytes(&der).expect("bits"),
    };
    let info = pkcs1::der::Encode::to_der(&info).expect("DER");
    let document = Document::try_from(info).expect("a document");
    document.to_pem("PUBLIC KEY", LineEnding::LF).expect("PEM").trim_end().to_owned()
}

#[test]
fn a_key_of_another_kind_is_named() {
    let elliptic = "-----BEGIN PUBLIC KEY-----\n\
        MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEaxfR8uEsQkf4vOblY6RA8ncDfYEt\n\
        6zOg9KE5RdiYwpZP40Li/hp/m47n60p8D54WK84zV2sxXs7LtkBoN79R9Q==\n\
        -----END PUBLIC KEY-----";
    let error = PeerKey::read(elliptic).expect_err("no RSA key").to_string();
    assert!(error.contains("of another kind, algorithm 1.2.840.10045.2.1"), "{error}");
}

#[test]
fn shorter_and_longer_keys_and_other_text_are_refused() {
    let (_, short) = peer(1000);
    assert!(matches!(PeerKey::read(&short), Err(SecureError::KeyLength(1000))));
    assert!(matches!(PeerKey::read(&of_8192_bits()), Err(SecureError::KeyLength(8192))));
    let other = "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----";
    assert!(matches!(PeerKey::read(other), Err(SecureError::NoKey(_))));
}

#[test]
fn our_key_opens_what_was_encrypted_for_it_and_nothing_else() {
    let own = OwnKey::make(RsaBits::B2048).expect("a key");
    assert!(own.pem().starts_with("-----BEGIN PUBLIC KEY-----\n"));
    assert!(own.pem().ends_with("\n-----END PUBLIC KEY-----"));
    let key = PeerKey::read(own.pem()).expect("our own key");
    assert_eq!(key.weak_bits(), None);
    for text in [&b""[..], b"hello", &[1; 214]] {
        let mut block = Vec::new();
        key.encrypt(text, &mut block).expect("not too long");
        assert_eq!(block.len(), own.block_bytes());
        assert_eq!(own.decrypt(&block).expect("our block"), text);
        block[100] ^= 1;
        assert!(matches!(own.decrypt(&block), Err(SecureError::Block(256))));
    }
}
