//! Credentials files, as `nsc` writes them: tokens that expire, and are renewed while the server runs.

use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use data_encoding::BASE64URL_NOPAD;
use nkeys::KeyPair;
use serde_json::{Value, json};

use super::node::Nats;
use super::{refuses, serve};
use crate::wire::Peer;

/// Who may use a NATS server: an operator has accounts, an account has users.
struct House {
    operator: KeyPair,
    system: KeyPair,
    account: KeyPair,
}

impl House {
    fn new() -> Self {
        Self {
            operator: KeyPair::new_operator(),
            system: KeyPair::new_account(),
            account: KeyPair::new_account(),
        }
    }

    /// What nats-server is configured with.
    fn configuration(&self) -> String {
        let Self { operator, system, account } = self;
        let claims = json!({ "type": "operator", "version": 2, "system_account": system.public_key() });
        let all = json!({
            "subs": -1, "data": -1, "payload": -1, "imports": -1, "exports": -1, "wildcards": true, "conn": -1,
            "leaf": -1, "mem_storage": -1, "disk_storage": -1, "streams": -1, "consumer": -1,
        });
        let mut none = all.clone();
        for limit in ["mem_storage", "disk_storage", "streams", "consumer"] {
            none[limit] = json!(0);
        }
        let of_account = |key: &KeyPair, limits: &Value| {
            let claims = json!({ "type": "account", "version": 2, "limits": limits });
            format!("{}: {}", key.public_key(), token(operator, &key.public_key(), &claims, None))
        };
        format!(
            "operator: {}\nsystem_account: {}\nresolver: MEMORY\nresolver_preload: {{ {}\n {} }}\n",
            token(operator, &operator.public_key(), &claims, None),
            system.public_key(),
            of_account(system, &none),
            of_account(account, &all),
        )
    }

    /// Writes credentials that hold for so long.
    fn let_in(&self, path: &Path, lasts: Duration) {
        let user = KeyPair::new_user();
        let claims = json!({ "type": "user", "version": 2, "subs": -1, "data": -1, "payload": -1 });
        let token = token(&self.account, &user.public_key(), &claims, Some(lasts));
        let seed = user.seed().expect("it has one");
        let text = format!(
            "-----BEGIN NATS USER JWT-----\n{token}\n------END NATS USER JWT------\n\n\
             -----BEGIN USER NKEY SEED-----\n{seed}\n------END USER NKEY SEED------\n"
        );
        std::fs::write(path, text).expect("it can be written");
    }
}

/// A token that says this of a key, signed by another.
fn token(signer: &KeyPair, subject: &str, claims: &Value, lasts: Option<Duration>) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is after 1970").as_secs();
    let mut body =
        json!({ "iat": now, "iss": signer.public_key(), "sub": subject, "nats": claims, "jti": subject });
    if let Some(lasts) = lasts {
        body["exp"] = json!(now + lasts.as_secs());
    }
    let part = |value: &Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
    let head = json!({ "typ": "JWT", "alg": "ed25519-nkey" });
    let text = format!("{}.{}", part(&head), part(&body));
    let signature = signer.sign(text.as_bytes()).expect("it can sign");
    format!("{text}.{}", BASE64URL_NOPAD.encode(&signature))
}

#[test]
fn credentials_that_expire_are_read_again_when_they_were_renewed() {
    let house = House::new();
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let [configuration, file] = ["nats.conf", "user.creds"].map(|name| folder.path().join(name));
    std::fs::write(&configuration, house.configuration()).expect("it can be written");
    let Some(nats) = Nats::start_with(1, &["-c", configuration.to_str().expect("it is text")]) else {
        return;
    };
    let place = format!("{}&creds={}", nats.store(), file.display());
    refuses(&place, "No such file");
    std::fs::write(&file, "no credentials").expect("it can be written");
    refuses(&place, "there is no line -----BEGIN");
    refuses(&nats.store(), "authorization violation");
    house.let_in(&file, Duration::from_secs(3));
    let server = serve("board-tcp", &place);
    let mut peer = Peer::call(server.socket());
    peer.say("POST one\n");
    peer.hear("OK 1\n");
    server.run.err.line_with("says: authorization violation");
    house.let_in(&file, Duration::from_secs(3600));
    peer.say("POST two\n");
    peer.hear("OK 2\n");
}
