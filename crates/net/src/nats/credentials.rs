//! A credentials file, as `nsc` writes it: a token (JWT), and the key that shows whose it is.
//!
//! It is read whenever we connect: tokens expire, and whoever renews one writes the file anew.

use std::fs;
use std::path::{Path, PathBuf};

use async_nats::Auth;
use nkeys::KeyPair;

/// What stands above the token, and above the key's seed.
const TOKEN: &str = "-----BEGIN NATS USER JWT-----";
const SEED: &str = "-----BEGIN USER NKEY SEED-----";

/// What a credentials file holds.
pub(super) struct Credentials {
    token: String,
    key: KeyPair,
}

/// Reads a file.
///
/// # Errors
/// It cannot be read, or holds no credentials. With the path.
pub(super) async fn read(path: PathBuf) -> Result<Credentials, String> {
    let read = tokio::task::spawn_blocking(move || {
        let text = fs::read_to_string(&path).map_err(|error| wrong(&path, &error.to_string()))?;
        Credentials::parse(&text).map_err(|why| wrong(&path, &why))
    });
    read.await.map_err(|error| error.to_string())?
}

fn wrong(path: &Path, why: &str) -> String {
    format!("the credentials {}: {why}", path.display())
}

impl Credentials {
    fn parse(text: &str) -> Result<Self, String> {
        let under = |title: &str| {
            let mut lines = text.lines().map(str::trim).skip_while(|line| *line != title).skip(1);
            lines.find(|line| !line.is_empty()).ok_or_else(|| format!("there is no line {title}"))
        };
        let key = KeyPair::from_seed(under(SEED)?).map_err(|error| format!("the seed: {error}"))?;
        Ok(Self { token: under(TOKEN)?.to_owned(), key })
    }

    /// Shows a server that asks with `nonce` who we are.
    ///
    /// # Errors
    /// The key cannot sign.
    pub(super) fn sign(&self, nonce: &[u8]) -> Result<Auth, String> {
        let mut auth = Auth::new();
        auth.signature = Some(self.key.sign(nonce).map_err(|error| error.to_string())?);
        auth.jwt = Some(self.token.clone());
        Ok(auth)
    }
}
