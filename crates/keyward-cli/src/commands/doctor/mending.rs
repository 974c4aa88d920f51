//! What `--fix` writes.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use keyward_doctor::Repair;

use crate::failure::{Failure, Outcome};

/// Does one repair more than those in `fixed`, and answers what was written.
pub(super) fn mend(root: &Path, repair: Repair, fixed: &[String]) -> Outcome<String> {
    write(root, repair).map_err(|failure| match fixed {
        [] => failure,
        fixed => {
            let before = format!("Written before it: {}.", fixed.join(", "));
            let message = failure.message.replace("Nothing was changed.", &before);
            Failure { message, ..failure }
        }
    })
}

/// The file is there whole or not at all.
fn write(root: &Path, repair: Repair) -> Outcome<String> {
    match repair {
        Repair::Create { path, content } => {
            let whole = root.join(&path);
            create(root, &path, content.as_bytes())
                .map_err(|error| Failure::file("Writing", &whole, &error))?;
            Ok(path)
        }
        Repair::Write { path, before, content } => {
            let whole = root.join(&path);
            let failed = |error: &io::Error| Failure::file("Writing", &whole, error);
            let folder = whole.parent().unwrap_or(root);
            no_links(root, &path).map_err(|error| failed(&error))?;
            let new = folder.join(format!(".keyward-doctor-{}", std::process::id()));
            let written = fs::File::create_new(&new)
                .and_then(|mut file| file.write_all(content.as_bytes()).and(file.sync_all()))
                .and_then(|()| match fs::metadata(&whole) {
                    Ok(before) => fs::set_permissions(&new, before.permissions()),
                    Err(_) => Ok(()),
                })
                // As late as can be: what somebody has saved since would be lost.
                .and_then(|()| unchanged(&whole, before.as_bytes()))
                .and_then(|()| fs::rename(&new, &whole));
            if let Err(error) = written {
                let _ = fs::remove_file(&new);
                return Err(failed(&error));
            }
            Ok(path)
        }
        Repair::Restrict { path, mode } => {
            restrict(Path::new(&path), mode)
                .map_err(|error| Failure::file("Restricting", Path::new(&path), &error))?;
            Ok(path)
        }
    }
}

/// Refuses a file that is not what was read of it any more.
fn unchanged(whole: &Path, before: &[u8]) -> io::Result<()> {
    match fs::read(whole)? == before {
        true => Ok(()),
        false => Err(io::Error::other("it has changed since it was read; run the doctor again")),
    }
}

/// Makes a file where nothing is, whatever has come there since the project was read.
fn create(root: &Path, path: &str, content: &[u8]) -> io::Result<()> {
    let whole = root.join(path);
    no_links(root, path)?;
    fs::create_dir_all(whole.parent().unwrap_or(root))?;
    let mut file = fs::File::create_new(&whole)?;
    let written = file.write_all(content).and_then(|()| file.sync_all());
    if written.is_err() {
        let _ = fs::remove_file(&whole);
    }
    written
}

/// Refuses a path on which a symbolic link stands: it may lead out of the project.
fn no_links(root: &Path, path: &str) -> io::Result<()> {
    let mut whole = root.to_owned();
    for name in path.split('/') {
        whole.push(name);
        if fs::symlink_metadata(&whole).is_ok_and(|found| found.is_symlink()) {
            return Err(io::Error::other("a symbolic link stands in the way"));
        }
    }
    Ok(())
}

#[cfg(unix)]
fn restrict(path: &Path, mode: u32) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;

    fs::set_permissions(path, fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
fn restrict(_: &Path, _: u32) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_has_come_meanwhile_is_not_replaced() {
        let folder = tempfile::tempdir().expect("a folder");
        let create = |path: &str, content: &[u8]| create(folder.path(), path, content);
        create("a/b.xml", b"first").expect("nothing is there");
        let refused = create("a/b.xml", b"second").expect_err("it is there");
        assert_eq!(refused.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read(folder.path().join("a/b.xml")).expect("it is there"), b"first");
    }

    #[test]
    fn what_an_editor_has_saved_meanwhile_is_not_replaced() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("Info.plist");
        let write = || {
            let (before, content) = ("read".to_owned(), "read, with a line".to_owned());
            write(folder.path(), Repair::Write { path: "Info.plist".to_owned(), before, content })
        };
        for saved in ["saved meanwhile", "read, and more", ""] {
            fs::write(&file, saved).expect("writes");
            let message = write().expect_err("it has changed").message;
            assert!(message.contains("has changed"), "{message}");
            assert_eq!(fs::read_to_string(&file).expect("it is there"), saved);
        }
        fs::remove_file(&file).expect("it was there");
        assert!(write().is_err(), "it has gone");
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 0, "nothing is left");
        fs::write(&file, "read").expect("writes");
        assert_eq!(write().ok().as_deref(), Some("Info.plist"));
        assert_eq!(fs::read_to_string(&file).expect("it is there"), "read, with a line");
    }
}
