//! What this user's account remembers of vaults, in files apart from theirs. SPEC.md, section "The
//! registry".

use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use keyward::{Registry, Store, StoreError};
use sha2::{Digest, Sha256};

use super::cell::FileStore;
use super::folder::Folder;
use super::name::LOCK_ENDING;

/// The ending of the file that remembers a vault.
const KNOWN_ENDING: &str = ".known";
/// As many links as Linux follows.
const MOST_LINKS: usize = 40;

/// A registry of the vaults in one folder, in files under a state folder.
///
/// What is remembered belongs to the folder that the vaults are in, by its real path: two folders
/// never share it, and links to one folder do. A folder that was moved is another place, of which
/// nothing is remembered until its vaults are used there, so that nothing in it looks vanished.
/// (An identity kept in the folder itself would follow it; but it would go with the folder too, and
/// a folder that was deleted could then not be missed.)
///
/// File names are hashes, so that nobody reads the names of vaults off them; whoever guesses a name
/// can verify the guess. Folders have mode 0700 and files 0600.
#[derive(Debug, Clone)]
pub struct FileRegistry {
    state: PathBuf,
    vaults: PathBuf,
}

impl FileRegistry {
    /// What is remembered in `state` of the vaults in the folder `vaults`. Touches nothing.
    pub fn new(state: impl Into<PathBuf>, vaults: impl Into<PathBuf>) -> Self {
        Self { state: absolute(state.into()), vaults: absolute(vaults.into()) }
    }

    /// The state folder of this user: `$XDG_STATE_HOME/keyward`, by default
    /// `~/.local/state/keyward` (XDG Base Directory Specification). `None` without a home.
    #[must_use]
    pub fn default_state() -> Option<PathBuf> {
        let path = |name| std::env::var_os(name).filter(|path| !path.is_empty()).map(PathBuf::from);
        let state = path("XDG_STATE_HOME").filter(|path| path.is_absolute());
        let home = || path("HOME").map(|home| home.join(".local/state"));
        Some(state.or_else(home)?.join("keyward"))
    }

    /// The file that remembers the vault called `key`, or would.
    #[must_use]
    pub fn file(&self, key: &str) -> PathBuf {
        self.folder().join(hash("keyward-registry 1 name", OsStr::new(key)) + KNOWN_ENDING)
    }

    fn folder(&self) -> PathBuf {
        let place = real(&self.vaults, MOST_LINKS);
        self.state.join("known").join(hash("keyward-registry 1 place", place.as_os_str()))
    }
}

impl Registry for FileRegistry {
    fn cell(&self, key: &str) -> Result<Rc<dyn Store>, StoreError> {
        let folder = Arc::new(Folder::new(self.folder()));
        let name = hash("keyward-registry 1 name", OsStr::new(key));
        let lock = name.clone() + LOCK_ENDING;
        Ok(Rc::new(FileStore::new(folder, name + KNOWN_ENDING, lock)))
    }
}

fn absolute(path: PathBuf) -> PathBuf {
    std::path::absolute(&path).unwrap_or(path)
}

/// The path without links. What does not exist (yet, or any more) is where it would be: of a link
/// that leads nowhere, behind the link.
fn real(path: &Path, links: usize) -> PathBuf {
    if let Ok(real) = path.canonicalize() {
        return real;
    }
    let (Some(above), Some(name)) = (path.parent(), path.file_name()) else {
        return path.to_owned();
    };
    let led = |target: PathBuf| real(&above.join(target), links - 1);
    match path.read_link() {
        Ok(target) if links > 0 => led(target),
        Err(error) if error.kind() == io::ErrorKind::NotFound => real(above, links).join(name),
        _ => path.to_owned(),
    }
}

/// 16 bytes of SHA-256, in hexadecimal.
fn hash(purpose: &str, text: &OsStr) -> String {
    let digest = Sha256::new_with_prefix(purpose).chain_update(text.as_bytes()).finalize();
    digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{PermissionsExt, symlink};

    use futures_executor::block_on;
    use keyward::Swap;

    use super::*;

    fn registry(state: &Path, vaults: &Path) -> FileRegistry {
        FileRegistry::new(state, vaults)
    }

    #[test]
    fn folders_have_memories_of_their_own_and_links_to_one_share_it() {
        let root = tempfile::tempdir().unwrap();
        let at = |name: &str| root.path().join(name);
        let file = |name: &str| registry(&at("state"), &at(name)).file("session");
        fs::create_dir(at("one")).unwrap();
        fs::create_dir(at("two")).unwrap();
        symlink("one", at("link")).unwrap();
        symlink("link", at("link to link")).unwrap();
        assert_ne!(file("one"), file("two"));
        assert_eq!(file("one"), file("link"));
        assert_eq!(file("one"), file("link to link"));
        assert_eq!(file("one"), file("two/../one"));
        let known = file("one");
        // The folder is gone, and with it what the links lead to: still the same place.
        fs::remove_dir(at("one")).unwrap();
        for name in ["one", "link", "link to link"] {
            assert_eq!(file(name), known, "{name}");
        }
        // Moved: another place.
        fs::rename(at("two"), at("three")).unwrap();
        assert_ne!(file("three"), file("two"));
        symlink("circle", at("circle")).unwrap();
        assert_ne!(file("circle"), known);
    }

    #[test]
    fn nobody_reads_a_name_off_it_or_gets_at_it() {
        let root = tempfile::tempdir().unwrap();
        let registry = registry(&root.path().join("state/keyward"), root.path());
        let cell = registry.cell("my-secret-app").unwrap();
        assert!(matches!(block_on(cell.load()), Ok(None)));
        assert!(!root.path().join("state").exists(), "looking makes nothing");
        assert!(matches!(block_on(cell.swap(None, Some(b"seen"))), Ok(Swap::Done(Some(_)))));
        let file = registry.file("my-secret-app");
        assert_eq!(fs::read(&file).unwrap(), b"seen");
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&file), 0o600);
        let mut folder = file.parent().unwrap();
        while folder != root.path() {
            assert_eq!(mode(folder), 0o700, "{}", folder.display());
            folder = folder.parent().unwrap();
        }
        assert!(!format!("{}", file.display()).contains("secret"));
    }
}
