//! The folder in which mails wait: `new/` to be sent, `done/` sent or refused, `tmp/` being written.
//!
//! A mail is two files, `ID.json` (who it is from and for) and `ID.eml`, and the second one makes it complete. A receipt
//! is `done/ID.json`, written **before** the mail is moved to `done/`: a crash between the two leaves the mail in `new/`,
//! and it is sent again with the same Message-ID, never lost and never done without a receipt.

use std::collections::BTreeMap;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::Error;
use crate::fault::point;

/// Bytes of an envelope or a receipt: 1,000 recipients with their replies fit many times.
const JSON_BYTES_MAX: u64 = 1 << 20;
/// Bytes of a mail: letters stay below 1 MiB, attachments included.
const MAIL_BYTES_MAX: u64 = 16 << 20;
/// Bytes of an id.
const ID_BYTES_MAX: usize = 80;

/// A folder of mails.
#[derive(Clone, Debug)]
pub struct Spool {
    dir: PathBuf,
}

/// Who a mail is from and for, as the SMTP dialogue needs it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Envelope {
    /// The sender's address.
    pub from: String,
    /// The recipients' addresses.
    pub to: Vec<String>,
}

/// What the relay said of each recipient.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Receipt {
    /// The mail.
    pub id: String,
    /// When the last word was had, in microseconds.
    pub sent_at: i64,
    /// The words.
    pub recipients: Vec<super::Delivery>,
}

impl Receipt {
    /// Whether anybody was reached.
    pub fn is_sent(&self) -> bool {
        self.recipients.iter().any(|recipient| recipient.ok)
    }
}

/// Whether a text may be a file name of ours, and a part of a Message-ID.
pub(super) fn is_id(id: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'.' || byte == b'-';
    !id.is_empty() && id.len() <= ID_BYTES_MAX && !id.starts_with(['.', '-']) && id.bytes().all(plain)
}

impl Spool {
    /// Opens a spool, making its folders for the daemon's eyes only.
    pub fn open(dir: &Path) -> Result<Self, Error> {
        for name in ["new", "done", "tmp"] {
            let path = dir.join(name);
            DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(&path)
                .map_err(|source| fault("make the folder", &path, source))?;
        }
        Ok(Self { dir: dir.to_owned() })
    }

    /// Puts a mail into `new/`, on disk when this returns; whether it was put. One that is there, or is done, is left as
    /// it is: putting again after a crash changes nothing.
    pub fn put(&self, id: &str, envelope: &Envelope, mail: &[u8]) -> Result<bool, Error> {
        let new = self.path("new", id, "eml")?;
        if new.exists() || self.path("done", id, "eml")?.exists() {
            return Ok(false);
        }
        if envelope.to.is_empty() {
            return Err(Error::Compose {
                id: id.to_owned(),
                what: "there is no recipient, fill in [roles]".to_owned(),
            });
        }
        self.write(&self.path("new", id, "json")?, &json(envelope, &new)?)?;
        point("spool.addressed");
        self.write(&new, mail)?;
        Ok(true)
    }

    /// Ids of the mails that wait, oldest first. Files that are not ours are passed over.
    pub fn list_new(&self) -> Result<Vec<String>, Error> {
        Ok(self.waiting()?.into_iter().map(|(id, _)| id).collect())
    }

    /// The mails that wait, oldest first, and since when.
    pub fn waiting(&self) -> Result<Vec<(String, SystemTime)>, Error> {
        let since = |entry: &fs::DirEntry| entry.metadata().and_then(|meta| meta.modified());
        let mut found: Vec<(String, SystemTime)> = self
            .entries("new", "eml")?
            .into_iter()
            .map(|(id, entry)| (id, since(&entry).unwrap_or(std::time::UNIX_EPOCH)))
            .collect();
        found.sort_by(|one, two| (one.1, &one.0).cmp(&(two.1, &two.0)));
        Ok(found)
    }

    /// Takes the spool for one mailer, until the file is dropped; none where another one has it.
    pub fn lock(&self) -> Result<Option<File>, Error> {
        let path = self.dir.join("tmp").join(".mailer");
        let file = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(&path);
        let file = file.map_err(|source| fault("make", &path, source))?;
        match rustix::fs::flock(&file, rustix::fs::FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(Some(file)),
            Err(rustix::io::Errno::WOULDBLOCK) => Ok(None),
            Err(error) => Err(fault("lock", &path, error.into())),
        }
    }

    /// The receipt of a mail, if it has one. It is untrusted: another process may have written it.
    pub fn receipt_of(&self, id: &str) -> Option<Result<Receipt, Error>> {
        let path = self.path("done", id, "json").ok()?;
        path.exists().then(|| read_receipt(id, &path))
    }

    /// The highest case number of each year that a letter in here bears: `BD-2026-000017.r0`.
    pub fn numbers(&self) -> Result<BTreeMap<i32, u64>, Error> {
        let mut highest = BTreeMap::<i32, u64>::new();
        for folder in ["new", "done"] {
            for (id, _) in self.entries(folder, "eml")? {
                let parts = id.strip_prefix("BD-").and_then(|id| id.split_once('.')?.0.split_once('-'));
                let number =
                    parts.and_then(|(year, number)| Some((year.parse().ok()?, number.parse().ok()?)));
                if let Some((year, number)) = number {
                    let known = highest.entry(year).or_insert(number);
                    *known = number.max(*known);
                }
            }
        }
        Ok(highest)
    }

    /// The envelope of a waiting mail.
    pub fn envelope(&self, id: &str) -> Result<Envelope, Error> {
        let path = self.path("new", id, "json")?;
        let envelope: Envelope = read_json(&path)?;
        if envelope.to.is_empty() {
            return Err(Error::Unreadable { path, what: "it names no recipient".to_owned() });
        }
        Ok(envelope)
    }

    /// The bytes of a waiting mail.
    pub fn mail(&self, id: &str) -> Result<Vec<u8>, Error> {
        read(&self.path("new", id, "eml")?, MAIL_BYTES_MAX)
    }

    /// Records what became of a mail and moves it to `done/`, in the order that the head of this file explains.
    pub fn receipt(&self, id: &str, receipt: &Receipt) -> Result<(), Error> {
        let path = self.path("done", id, "json")?;
        self.write(&path, &json(receipt, &path)?)?;
        point("spool.receipted");
        let (new, done) = (self.path("new", id, "eml")?, self.path("done", id, "eml")?);
        fs::rename(&new, &done).map_err(|source| fault("move", &new, source))?;
        point("spool.moved");
        self.sync("done")?;
        // Without its mail an envelope says nothing; one that stays is overwritten by the next put.
        let _ = fs::remove_file(self.path("new", id, "json")?);
        self.sync("new")
    }

    /// All receipts, or why one could not be read. They are untrusted: another process may have written them.
    pub fn receipts(&self) -> Result<Vec<Result<Receipt, Error>>, Error> {
        let mut entries = self.entries("done", "json")?;
        entries.sort_by(|one, two| one.0.cmp(&two.0));
        Ok(entries.into_iter().map(|(id, entry)| read_receipt(&id, &entry.path())).collect())
    }

    fn path(&self, folder: &str, id: &str, ending: &str) -> Result<PathBuf, Error> {
        if is_id(id) {
            Ok(self.dir.join(folder).join(format!("{id}.{ending}")))
        } else {
            Err(Error::Id { id: super::clean::clean(id) })
        }
    }

    fn entries(&self, folder: &str, ending: &str) -> Result<Vec<(String, fs::DirEntry)>, Error> {
        let path = self.dir.join(folder);
        let list = fs::read_dir(&path).map_err(|source| fault("list", &path, source))?;
        let mut found = Vec::new();
        for entry in list {
            let entry = entry.map_err(|source| fault("list", &path, source))?;
            let name = entry.file_name();
            let id = name.to_str().and_then(|name| name.strip_suffix(ending)?.strip_suffix('.'));
            let file = entry.file_type().is_ok_and(|kind| kind.is_file());
            if let Some(id) = id.filter(|id| file && is_id(id)) {
                found.push((id.to_owned(), entry));
            }
        }
        Ok(found)
    }

    /// Writes a file whole or not at all: tmp, fsync, rename, fsync of the folder.
    fn write(&self, path: &Path, bytes: &[u8]) -> Result<(), Error> {
        let (folder, name) = (path.parent().unwrap_or(path), path.file_name().unwrap_or_default());
        // The folder's name goes into the temporary one: daemon and mailer may write of the same mail.
        let mut started = folder.file_name().unwrap_or_default().to_owned();
        started.push("-");
        started.push(name);
        let tmp = self.dir.join("tmp").join(started);
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&tmp)
            .map_err(|source| fault("make", &tmp, source))?;
        point("spool.made");
        file.write_all(bytes)
            .and_then(|()| {
                point("spool.written");
                file.sync_all()
            })
            .map_err(|source| fault("write", &tmp, source))?;
        point("spool.synced");
        fs::rename(&tmp, path).map_err(|source| fault("move into place", path, source))?;
        point("spool.renamed");
        sync(folder)
    }

    fn sync(&self, folder: &str) -> Result<(), Error> {
        sync(&self.dir.join(folder))
    }
}

fn read_receipt(id: &str, path: &Path) -> Result<Receipt, Error> {
    let receipt: Receipt = read_json(path)?;
    if receipt.id == id {
        return Ok(receipt);
    }
    Err(Error::Unreadable { path: path.to_owned(), what: "the receipt is of another mail".to_owned() })
}

fn sync(folder: &Path) -> Result<(), Error> {
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(|source| fault("sync", folder, source))
}

fn fault(act: &'static str, path: &Path, source: io::Error) -> Error {
    Error::Spool { act, path: path.to_owned(), source }
}

fn json<T: Serialize>(value: &T, path: &Path) -> Result<Vec<u8>, Error> {
    serde_json::to_vec(value).map_err(|error| fault("write", path, error.into()))
}

fn read(path: &Path, bytes_max: u64) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(|source| fault("open", path, source))?;
    file.take(bytes_max + 1).read_to_end(&mut bytes).map_err(|source| fault("read", path, source))?;
    if bytes.len() as u64 > bytes_max {
        return Err(Error::Unreadable {
            path: path.to_owned(),
            what: format!("it is longer than {bytes_max} bytes"),
        });
    }
    Ok(bytes)
}

fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T, Error> {
    let bytes = read(path, JSON_BYTES_MAX)?;
    serde_json::from_slice(&bytes)
        .map_err(|error| Error::Unreadable { path: path.to_owned(), what: error.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alert::Delivery;

    fn spool() -> (tempfile::TempDir, Spool) {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let spool = Spool::open(&dir.path().join("spool")).expect("opens");
        (dir, spool)
    }

    fn envelope() -> Envelope {
        Envelope { from: "breachd@agency.gov.tw".to_owned(), to: vec!["privacy@agency.gov.tw".to_owned()] }
    }

    fn receipt(id: &str) -> Receipt {
        let (address, reply) = (envelope().to[0].clone(), "250 ok".to_owned());
        Receipt {
            id: id.to_owned(),
            sent_at: 5,
            recipients: vec![Delivery { address, reply, ok: true, permanent: false }],
        }
    }

    #[test]
    fn a_mail_is_put_once_and_moves_to_done_with_its_receipt() {
        let (_dir, spool) = spool();
        assert!(spool.put("BD-2026-000017.r0", &envelope(), b"first").expect("puts"));
        assert!(!spool.put("BD-2026-000017.r0", &envelope(), b"second").expect("leaves it"));
        assert_eq!(spool.list_new().expect("lists"), ["BD-2026-000017.r0"]);
        assert_eq!(spool.mail("BD-2026-000017.r0").expect("reads"), b"first");
        assert_eq!(spool.envelope("BD-2026-000017.r0").expect("reads"), envelope());
        spool.receipt("BD-2026-000017.r0", &receipt("BD-2026-000017.r0")).expect("records");
        assert!(spool.list_new().expect("lists").is_empty());
        assert!(!spool.put("BD-2026-000017.r0", &envelope(), b"third").expect("leaves it"));
        let receipts: Vec<_> =
            spool.receipts().expect("lists").into_iter().map(|it| it.expect("reads")).collect();
        assert_eq!(receipts, [receipt("BD-2026-000017.r0")]);
        assert_eq!(fs::read_dir(spool.dir.join("tmp")).expect("lists").count(), 0);
    }

    #[test]
    fn a_crash_between_receipt_and_move_leaves_the_mail_to_be_sent_again() {
        let (_dir, spool) = spool();
        spool.put("a", &envelope(), b"mail").expect("puts");
        fs::write(spool.dir.join("done/a.json"), serde_json::to_vec(&receipt("a")).expect("serialises"))
            .expect("writes");
        assert_eq!(spool.list_new().expect("lists"), ["a"]);
        assert_eq!(spool.envelope("a").expect("still there"), envelope());
        spool.receipt("a", &receipt("a")).expect("records again");
        assert!(spool.list_new().expect("lists").is_empty());
    }

    #[test]
    fn folders_and_files_are_for_the_daemon_only() {
        use std::os::unix::fs::PermissionsExt;
        let (_dir, spool) = spool();
        spool.put("a", &envelope(), b"mail").expect("puts");
        let mode = |path: &str| spool.dir.join(path).metadata().expect("exists").permissions().mode() & 0o777;
        assert_eq!(
            (mode("new"), mode("done"), mode("new/a.eml"), mode("new/a.json")),
            (0o700, 0o700, 0o600, 0o600)
        );
    }

    #[test]
    fn a_mail_for_nobody_is_refused_and_never_counts_as_sent() {
        let (_dir, spool) = spool();
        let nobody = Envelope { to: Vec::new(), ..envelope() };
        assert!(spool.put("a", &nobody, b"mail").is_err());
        fs::write(spool.dir.join("new/a.json"), serde_json::to_vec(&nobody).expect("serialises"))
            .expect("writes");
        assert!(spool.envelope("a").is_err());
    }

    #[test]
    fn an_id_cannot_leave_the_folder() {
        let (_dir, spool) = spool();
        for id in ["", "../x", "a/b", ".hidden", "-rf", "a\nb", "名", &"x".repeat(81)] {
            assert!(matches!(spool.put(id, &envelope(), b""), Err(Error::Id { .. })), "{id:?}");
        }
    }

    #[test]
    fn receipts_that_lie_are_refused_one_by_one() {
        let (_dir, spool) = spool();
        let good = serde_json::to_string(&receipt("good")).expect("serialises");
        let files = [
            ("good", good.clone()),
            ("other", good.clone()),
            ("more", good.replace("\"sent_at\"", "\"act\":\"close\",\"sent_at\"").replace("good", "more")),
            ("long", " ".repeat(2 << 20)),
            ("torn", good[..20].to_owned()),
        ];
        for (id, text) in files {
            fs::write(spool.dir.join(format!("done/{id}.json")), text).expect("writes");
        }
        fs::write(spool.dir.join("done/not ours.json"), "x").expect("writes");
        let receipts = spool.receipts().expect("lists");
        assert_eq!(receipts.len(), 5);
        assert_eq!(receipts.iter().filter(|receipt| receipt.is_ok()).count(), 1);
    }
}
