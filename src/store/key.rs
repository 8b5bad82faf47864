//! Where the subject key comes from: a systemd credential, a configured file, or made once at first start. Other secrets
//! of a state directory are made in the same way.

use std::fs;
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::Store;
use crate::mask::Keys;

/// The key's name as a credential and in the state directory.
const NAME: &str = "subject-key";

/// Where to look for the key, in this order.
#[derive(Clone, Debug, Default)]
pub struct KeyPlace {
    /// Directory of systemd credentials.
    pub credentials: Option<PathBuf>,
    /// File named in the configuration or on the command line.
    pub configured: Option<PathBuf>,
    /// State directory.
    pub state: PathBuf,
}

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file cannot be read or written.
    #[error("key {path}: {cause}")]
    Io {
        /// Key file.
        path: PathBuf,
        /// Why.
        #[source]
        cause: std::io::Error,
    },
    /// The file is no key.
    #[error("key {path}: expected 64 hex digits")]
    Malformed {
        /// Key file.
        path: PathBuf,
    },
    /// The store's key is gone.
    #[error(
        "the subject key of {state} is gone, and no new one is made for an old store; put the key back ({path}), \
         or move the directory aside (it stays readable) and start anew from the logs that are left"
    )]
    Gone {
        /// State directory.
        state: PathBuf,
        /// Where it should be.
        path: PathBuf,
    },
    /// The system gives no random bytes.
    #[error("the system gives no random bytes: {0}")]
    Random(rustix::io::Errno),
}

/// The key of a state directory; made where there is neither key nor store.
pub fn load_key(place: &KeyPlace) -> Result<Keys, KeyError> {
    if let Some(path) = place.credentials.as_ref().map(|dir| dir.join(NAME)).filter(|path| path.exists()) {
        return read_key(&path);
    }
    if let Some(path) = &place.configured {
        return read_key(path);
    }
    let path = place.state.join(NAME);
    if path.exists() {
        return read_key(&path);
    }
    if Store::exists(&place.state) {
        return Err(KeyError::Gone { state: place.state.clone(), path });
    }
    make(&place.state, &path).map(|secret| Keys::new(&secret))
}

/// Reads a key file: 64 hex digits.
pub fn read_key(path: &Path) -> Result<Keys, KeyError> {
    read(path).map(|secret| Keys::new(&secret))
}

/// A key that is forgotten with the process.
pub fn random_key() -> Result<Keys, KeyError> {
    Ok(Keys::new(&*random()?))
}

/// Another secret of a state directory, by its file name; made where there is none.
pub(super) fn read_or_make(state: &Path, name: &str) -> Result<Secret, KeyError> {
    let path = state.join(name);
    if path.exists() { read(&path) } else { make(state, &path) }
}

/// The secret of the tokens by which mails are answered; made once. Without it no answer of before is known, and none
/// does harm.
pub fn load_reply_secret(state: &Path) -> Result<Secret, KeyError> {
    read_or_make(state, "reply-key")
}

/// 32 secret bytes, wiped when they are dropped.
pub type Secret = Zeroizing<[u8; 32]>;

fn read(path: &Path) -> Result<Secret, KeyError> {
    let text = Zeroizing::new(
        fs::read_to_string(path).map_err(|cause| KeyError::Io { path: path.to_owned(), cause })?,
    );
    let bytes = data_encoding::HEXLOWER_PERMISSIVE.decode(text.trim().as_bytes()).map(Zeroizing::new);
    let secret: Option<[u8; 32]> = bytes.ok().and_then(|bytes| bytes[..].try_into().ok());
    secret.map(Zeroizing::new).ok_or_else(|| KeyError::Malformed { path: path.to_owned() })
}

fn random() -> Result<Secret, KeyError> {
    let mut secret = Zeroizing::new([0; 32]);
    let mut filled = 0;
    while filled < secret.len() {
        filled += rustix::rand::getrandom(&mut secret[filled..], rustix::rand::GetRandomFlags::empty())
            .map_err(KeyError::Random)?;
    }
    Ok(secret)
}

/// Made once: `O_EXCL`, so that two starts at one time cannot each have their own, and synced before it is used.
fn make(state: &Path, path: &Path) -> Result<Secret, KeyError> {
    let io = |cause| KeyError::Io { path: path.to_owned(), cause };
    fs::DirBuilder::new().recursive(true).mode(0o700).create(state).map_err(io)?;
    let secret = random()?;
    let text = Zeroizing::new(data_encoding::HEXLOWER.encode(&*secret));
    let temporary = path.with_extension(std::process::id().to_string());
    let mut file =
        fs::OpenOptions::new().write(true).create_new(true).mode(0o400).open(&temporary).map_err(io)?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(io)?;
    // A link fails where the name exists: whoever came first has made the key.
    let linked = fs::hard_link(&temporary, path);
    fs::remove_file(&temporary).map_err(io)?;
    match linked {
        Ok(()) => fs::File::open(state).and_then(|dir| dir.sync_all()).map_err(io)?,
        Err(cause) if cause.kind() == std::io::ErrorKind::AlreadyExists => {}
        Err(cause) => return Err(io(cause)),
    }
    read(path)
}
