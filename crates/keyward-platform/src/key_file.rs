//! A key in a file of its own, for machines without a key store, when the app or the user says so.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use hkdf::Hkdf;
use keyward::{
    Assurance, Cause, DeviceSecurity, Enrolled, Key, Obstacle, Probe, Protector, ProtectorError,
    Readiness, Request, Role, Theft, VaultId,
};
use rustix::fs::OFlags;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// A device store that is one file with 32 random bytes, shared by all vaults that use it.
///
/// It guards a vault that is stolen without the file. It does not guard against a thief of the
/// disk, nor against another program of the same user: the key lies there in plain bytes.
///
/// # The file
/// Three lines of ASCII, 107 bytes, mode 0600:
/// ```text
/// keyward-key-file 1
/// <the secret: 64 lower-case hexadecimal digits>
/// check <the first 8 bytes of SHA-256("keyward-key-file 1 check" || secret), as 16 such digits>
/// ```
/// The check finds a damaged file before a wrong key makes the vault look damaged. It is made whole
/// and then given its name, so nobody ever sees half a key, and it is never written again.
///
/// # Material and handle
/// A vault's material is HKDF-SHA-256 (RFC 5869) without salt over the secret, with
/// `"keyward-key-file 1 material" || vault id` as info. The handle is 16 bytes made in the same way
/// with `"keyward-key-file 1 handle" || vault id`: by it, a file with another secret is recognised.
///
/// # Errors
/// - [`ProtectorError::Lost`]: the folder is there and the file is not, or the file holds another
///   secret than the one the handle was made with. This protector cannot know whether the caller
///   named the wrong path, or a disk is not mounted over the folder.
/// - [`ProtectorError::Full`]: the disk, or its quota, is full.
/// - [`ProtectorError::Unavailable`]: everything else. A file that others may read or write is
///   refused by `enroll`, before anything depends on it, but `release` still reads it, because
///   withholding the key then would protect nothing.
///
/// Calls read or write the small file at once, on the caller's thread.
#[derive(Debug, Clone)]
pub struct KeyFile {
    path: PathBuf,
}

const MAGIC: &str = "keyward-key-file 1";
const FILE_LEN: usize = MAGIC.len() + 1 + 64 + 1 + 6 + 16 + 1;
const HANDLE_LEN: usize = 16;

impl KeyFile {
    /// The key file at `path`. Nothing is read or written until it is used; the first `enroll`
    /// creates the file, and its folder (mode 0700) if that is missing.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// Where the file is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn folder(&self) -> &Path {
        match self.path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        }
    }

    /// The secret, or `None` when the folder is there and the file is not.
    fn read(&self) -> Result<Option<Secret>, Trouble> {
        // A link would let whoever may write the folder choose the key. Without NONBLOCK, opening
        // a pipe waits for ever.
        let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let opened = OpenOptions::new()
            .read(true)
            .custom_flags(i32::try_from(flags.bits()).expect("open flags fit the system's type"))
            .open(&self.path);
        let file = match opened {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return match fs::metadata(self.folder()) {
                    Ok(folder) if folder.is_dir() => Ok(None),
                    _ => Err(Trouble::NoFolder),
                };
            }
            Err(error) if error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error()) => {
                return Err(Trouble::NotAFile);
            }
            Err(error) => return Err(Trouble::Io("opening the key file", error)),
        };
        let reading = |error| Trouble::Io("reading the key file", error);
        let metadata = file.metadata().map_err(reading)?;
        if !metadata.is_file() {
            return Err(Trouble::NotAFile);
        }
        let mut text = Zeroizing::new(Vec::with_capacity(FILE_LEN + 1));
        file.take(FILE_LEN as u64 + 1).read_to_end(&mut text).map_err(reading)?;
        let key = parse(&text).ok_or(Trouble::Damaged)?;
        let private = metadata.mode() & 0o077 == 0
            && (metadata.uid() == rustix::process::geteuid().as_raw() || metadata.uid() == 0);
        Ok(Some(Secret { key, private }))
    }

    /// Creates the file with a fresh secret. When somebody else creates it first, theirs stays.
    fn create(&self) -> Result<(), Trouble> {
        let folder = self.folder();
        if !folder.exists() {
            DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(folder)
                .map_err(|error| Trouble::Io("creating the key file's folder", error))?;
        }
        let key = Key::generate().map_err(|_| Trouble::NoEntropy)?;
        let draft = Draft::write(&self.path, &render(&key))?;
        match publish(&draft.0, &self.path) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(()),
            Err(error) => return Err(Trouble::Io("naming the key file", error)),
        }
        drop(draft);
        File::open(folder)
            .and_then(|folder| folder.sync_all())
            .map_err(|error| Trouble::Io("making the key file durable", error))
    }
}

#[async_trait(?Send)]
impl Protector for KeyFile {
    fn role(&self) -> Role {
        Role::DeviceStore
    }

    fn provider(&self) -> &'static str {
        "key-file"
    }

    fn is_ordinary(&self) -> bool {
        true
    }

    fn assurance(&self) -> Assurance {
        let mut assurance = Assurance::NONE;
        assurance.persistent = true;
        assurance.stolen_file = Theft::Sealed;
        assurance.stolen_disk = Theft::Opens;
        assurance
    }

    async fn enroll(&self, request: &Request<'_>) -> Result<Enrolled, ProtectorError> {
        let secret = match self.read() {
            Ok(Some(secret)) => secret,
            Err(trouble) if !matches!(trouble, Trouble::NoFolder) => return Err(trouble.into()),
            Ok(None) | Err(_) => {
                self.create()?;
                // What was written is read back before anything depends on it; and when another
                // process was faster, this is its secret.
                self.read()?.ok_or(Trouble::Vanished)?
            }
        };
        if !secret.private {
            return Err(Trouble::NotPrivate.into());
        }
        Ok(Enrolled {
            handle: secret.handle(request.vault).to_vec(),
            material: secret.material(request.vault),
        })
    }

    async fn release(&self, request: &Request<'_>, handle: &[u8]) -> Result<Key, ProtectorError> {
        let secret = self.read()?.ok_or(ProtectorError::Lost)?;
        if secret.handle(request.vault)[..] != *handle {
            return Err(ProtectorError::Lost);
        }
        Ok(secret.material(request.vault))
    }

    /// Reading the file asks nobody.
    async fn probe(&self, request: &Request<'_>, handle: &[u8]) -> Result<Probe, ProtectorError> {
        self.release(request, handle).await.map(Probe::Released)
    }

    async fn readiness(&self, _wanted: DeviceSecurity) -> Result<Readiness, Obstacle> {
        let unusable = |trouble| Err(Obstacle::Unreachable(Cause::new(trouble)));
        match self.read() {
            Ok(Some(secret)) if !secret.private => unusable(Trouble::NotPrivate),
            // Enrolling makes the file, and its folder.
            Ok(_) | Err(Trouble::NoFolder) => Ok(Readiness::Ready),
            Err(trouble) => unusable(trouble),
        }
    }

    /// Does nothing: the file is shared, so deleting it would lose every other vault's key, and
    /// without the sealed bytes the one vault's material opens nothing.
    async fn forget(&self, _request: &Request<'_>, _handle: &[u8]) -> Result<(), ProtectorError> {
        Ok(())
    }
}

/// What the file holds.
struct Secret {
    key: Key,
    /// Only the owner may read or write the file, and the owner is this user or the system.
    private: bool,
}

impl Secret {
    fn material(&self, vault: VaultId) -> Key {
        let mut material = Zeroizing::new([0; Key::LEN]);
        self.derive(b"keyward-key-file 1 material", vault, &mut *material);
        Key::from_bytes(*material)
    }

    fn handle(&self, vault: VaultId) -> [u8; HANDLE_LEN] {
        let mut handle = [0; HANDLE_LEN];
        self.derive(b"keyward-key-file 1 handle", vault, &mut handle);
        handle
    }

    fn derive(&self, purpose: &[u8], vault: VaultId, output: &mut [u8]) {
        Hkdf::<Sha256>::new(None, self.key.expose())
            .expand_multi_info(&[purpose, &vault.0], output)
            .expect("HKDF-SHA-256 gives up to 8,160 bytes");
    }
}

/// A file under a passing name, which is removed when it is dropped.
struct Draft(PathBuf);

impl Draft {
    fn write(target: &Path, text: &[u8]) -> Result<Self, Trouble> {
        let mut random = [0; 8];
        getrandom::fill(&mut random).map_err(|_| Trouble::NoEntropy)?;
        let mut name = target.file_name().ok_or(Trouble::NotAFile)?.to_owned();
        name.push(format!(".{:016x}.new", u64::from_le_bytes(random)));
        let writing = |error| Trouble::Io("writing the key file", error);
        let path = target.with_file_name(name);
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&path)
            .map_err(writing)?;
        let draft = Self(path);
        file.write_all(text).and_then(|()| file.sync_all()).map_err(writing)?;
        Ok(draft)
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        // Renamed already, or litter that holds a secret nobody uses: either way there is nothing
        // to tell the caller.
        let _ = fs::remove_file(&self.0);
    }
}

/// Gives the draft its name unless the name is taken, atomically.
fn publish(draft: &Path, path: &Path) -> io::Result<()> {
    match fs::hard_link(draft, path) {
        // Some file systems (FAT, many network ones) have no second names.
        #[cfg(target_os = "linux")]
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
            use rustix::fs::{CWD, RenameFlags, renameat_with};
            renameat_with(CWD, draft, CWD, path, RenameFlags::NOREPLACE).map_err(io::Error::from)
        }
        result => result,
    }
}

fn render(key: &Key) -> Zeroizing<Vec<u8>> {
    // Sized beforehand: growing would leave a copy behind.
    let mut text = Zeroizing::new(Vec::with_capacity(FILE_LEN));
    text.extend_from_slice(MAGIC.as_bytes());
    text.push(b'\n');
    push_hex(&mut text, key.expose());
    text.extend_from_slice(b"\ncheck ");
    push_hex(&mut text, &check(key.expose()));
    text.push(b'\n');
    text
}

fn parse(text: &[u8]) -> Option<Key> {
    if text.len() != FILE_LEN {
        return None;
    }
    let digits = text.strip_prefix(MAGIC.as_bytes())?.strip_prefix(b"\n")?.get(..64)?;
    let mut bytes = Zeroizing::new([0; Key::LEN]);
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = (nibble(pair[0])? << 4) | nibble(pair[1])?;
    }
    let key = Key::from_bytes(*bytes);
    // One secret has one spelling, so comparing the whole text checks everything else.
    (render(&key)[..] == *text).then_some(key)
}

fn check(secret: &[u8]) -> [u8; 8] {
    let digest =
        Sha256::new_with_prefix(b"keyward-key-file 1 check").chain_update(secret).finalize();
    std::array::from_fn(|index| digest[index])
}

fn push_hex(text: &mut Vec<u8>, bytes: &[u8]) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    for byte in bytes {
        text.push(DIGITS[usize::from(byte >> 4)]);
        text.push(DIGITS[usize::from(byte & 15)]);
    }
}

fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

/// Why the file cannot be used now.
#[derive(Debug)]
enum Trouble {
    NoFolder,
    NotAFile,
    Damaged,
    NotPrivate,
    Vanished,
    NoEntropy,
    Io(&'static str, io::Error),
}

impl std::fmt::Display for Trouble {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NoFolder => f.write_str("the key file's folder is not there"),
            Self::NotAFile => {
                f.write_str("what stands in the key file's place is not a plain file")
            }
            Self::Damaged => f.write_str("the key file is damaged; it was left as it is"),
            Self::NotPrivate => f.write_str(
                "the key file can be read or written by others; make it private (mode 0600, owned \
                 by you) or choose another",
            ),
            Self::Vanished => f.write_str("the key file vanished while it was being created"),
            Self::NoEntropy => f.write_str("the platform gave no random numbers"),
            Self::Io(doing, error) => write!(f, "{doing} failed: {error}"),
        }
    }
}

impl std::error::Error for Trouble {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io(_, error) => Some(error),
            _ => None,
        }
    }
}

impl From<Trouble> for ProtectorError {
    fn from(trouble: Trouble) -> Self {
        let full = |error: &io::Error| {
            matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
        };
        match trouble {
            Trouble::Io(_, error) if full(&error) => Self::Full,
            trouble => Self::Unavailable(Cause::new(trouble)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_told_from_a_key_that_is_not_available() {
        let told = |kind: io::ErrorKind| {
            ProtectorError::from(Trouble::Io("writing the key file", io::Error::from(kind)))
        };
        assert!(matches!(told(io::ErrorKind::StorageFull), ProtectorError::Full));
        assert!(matches!(told(io::ErrorKind::QuotaExceeded), ProtectorError::Full));
        assert!(matches!(told(io::ErrorKind::PermissionDenied), ProtectorError::Unavailable(_)));
    }
}
