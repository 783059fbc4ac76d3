//! `secure rsa-oaep` with a peer that does it its own way.

use rsa::pkcs8::{DecodePublicKey, EncodePublicKey, LineEnding};
use rsa::rand_core::OsRng;
use rsa::{Oaep, RsaPrivateKey, RsaPublicKey};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

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
