//! `secure rsa-oaep` with a peer that does it its own way.

use net::{Heard, Keys, Probe, Reach, RsaBits};
use rsa::pkcs8::{DecodePublicKey, EncodePublicKey, LineEnding};
use rsa::rand_core::OsRng;
use rsa::{Oaep, RsaPrivateKey, RsaPublicKey};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::stage::{Served, read};

const END: &str = "-----END PUBLIC KEY-----";

#[tokio::test]
async fn a_newline_after_the_clients_key_is_no_part_of_its_first_block() {
    let convo = read("secure rsa-oaep\nloop:\n    C: {word}\n    S: {word} yourself\n");
    let served = Served::start(&convo, &["tcp://127.0.0.1:0"], &[]).await;
    let private = RsaPrivateKey::new(&mut OsRng, 1024).expect("a key");
    let pem = private.to_public_key().to_public_key_pem(LineEnding::LF).expect("PEM");
    for newline in ["", "\n", "\r\n"] {
        let mut peer = TcpStream::connect(served.socket()).await.expect("a connection");
        let key = format!("{}{newline}", pem.trim_end());
        peer.write_all(key.as_bytes()).await.expect("the server reads");
        let mut text = String::new();
        while !text.ends_with(END) {
            text.push(char::from(peer.read_u8().await.expect("the server's key")));
        }
        let theirs = RsaPublicKey::from_public_key_pem(&text).expect("a key");
        for word in ["one", "two"] {
            let padding = Oaep::new::<sha1::Sha1>();
            let block = theirs.encrypt(&mut OsRng, padding, word.as_bytes()).expect("a short message");
            peer.write_all(&block).await.expect("the server reads");
            let mut answer = [0; 128];
            peer.read_exact(&mut answer).await.expect("an answer");
            let answer = private.decrypt(Oaep::new::<sha1::Sha1>(), &answer).expect("for this key");
            assert_eq!(answer, format!("{word} yourself").as_bytes(), "after {newline:?}");
        }
    }
    served.end().await;
}

#[tokio::test]
async fn a_probe_tells_texts_from_what_no_key_opens_and_from_a_block_that_is_cut_short() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let reach = Reach::Tcp(listener.local_addr().expect("it is bound"));
    let keys = Keys::new(RsaBits::B2048);
    let mut probe = Probe::connect(&reach).await.expect("a connection");
    let (mut peer, _) = listener.accept().await.expect("a connection");
    let private = RsaPrivateKey::new(&mut OsRng, 1024).expect("a key");
    let pem = private.to_public_key().to_public_key_pem(LineEnding::LF).expect("PEM");
    let ours = keys.pem().await.expect("a key");
    let ours = RsaPublicKey::from_public_key_pem(&ours).expect("a key");
    let block = ours.encrypt(&mut OsRng, Oaep::new::<sha1::Sha1>(), b"hello").expect("a short message");
    let said = [pem.as_bytes(), &block, &[b'x'; 256], &block[..100]].concat();
    peer.write_all(&said).await.expect("the probe reads");
    drop(peer);
    assert!(!probe.is_sealed());
    let theirs = probe.hear_key(&keys).await.expect("a key");
    assert_eq!((theirs.pem.as_str(), theirs.message_bytes_max), (pem.trim_end(), 86));
    assert_eq!(probe.seal(b"hello").expect("a short message").len(), 128);
    assert_eq!(probe.hear().await, Heard::Bytes(b"hello".to_vec()));
    assert!(matches!(probe.hear().await, Heard::Garbled { bytes, .. } if bytes == [b'x'; 256]));
    assert!(matches!(probe.hear().await, Heard::Garbled { bytes, .. } if bytes == block[..100]));
}
