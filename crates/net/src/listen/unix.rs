//! A Unix socket's file: taken over from a dead server, never from a live one, removed at the end.

use std::fs;
use std::io;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};

use tokio::net::UnixStream;

/// The file of a bound socket. Dropping it removes the file, unless another one has taken its place.
#[derive(Debug)]
pub(crate) struct SocketFile {
    path: PathBuf,
    /// Device and inode.
    identity: (u64, u64),
}

/// Binds a Unix socket and listens.
pub(super) async fn bind(path: &Path) -> io::Result<(UnixListener, SocketFile)> {
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
        Ok(found) if !found.file_type().is_socket() => {
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, "a file that is no socket is there"));
        }
        Ok(_) => match UnixStream::connect(path).await {
            Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => fs::remove_file(path)?,
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => return Err(error),
            // A full backlog answers with an error too, and is alive.
            Ok(_) | Err(_) => {
                return Err(io::Error::new(io::ErrorKind::AddrInUse, "another server listens on it"));
            }
        },
    }
    let listener = UnixListener::bind(path)?;
    listener.set_nonblocking(true)?;
    let identity = identity(path)?;
    Ok((listener, SocketFile { path: path.to_owned(), identity }))
}

fn identity(path: &Path) -> io::Result<(u64, u64)> {
    let found = fs::symlink_metadata(path)?;
    Ok((found.dev(), found.ino()))
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        if identity(&self.path).is_ok_and(|there| there == self.identity) {
            // Nobody is left to tell if it fails, and the next server takes the file over.
            let _ = fs::remove_file(&self.path);
        }
    }
}
