//! A project's files, as the doctor wants them.

use std::fs;
use std::io::{self, IsTerminal, Read as _, Write as _};
use std::path::Path;

use keyward_doctor::{MAX_FILE_LEN, MAX_FILES, Project, Unread, enters, wanted};

use crate::failure::{Failure, Outcome};

/// The files that the doctor wants. Links are not followed: they may lead anywhere.
pub(super) fn read(root: &Path) -> Outcome<Project> {
    let mut project = Project::default();
    let mut count = 0;
    let mut folders = vec![String::new()];
    let installed = "node_modules/@ionic-enterprise/identity-vault/package.json";
    if root.join(installed).is_file() {
        add(&mut project, installed.to_owned(), &root.join(installed));
    }
    'folders: while let Some(folder) = folders.pop() {
        let entries = match fs::read_dir(root.join(&folder)) {
            Ok(entries) => entries,
            Err(error) if folder.is_empty() => {
                return Err(Failure::file("Looking into", root, &error));
            }
            // A folder that may not be read is somebody else's.
            Err(_) => continue,
        };
        for entry in entries.filter_map(Result::ok) {
            let Ok(name) = entry.file_name().into_string() else { continue };
            let path = if folder.is_empty() { name } else { format!("{folder}/{name}") };
            let Ok(kind) = entry.file_type() else { continue };
            if kind.is_dir() && enters(&path) {
                folders.push(path);
            } else if kind.is_symlink() && wanted(&path) && entry.path().is_file() {
                project.leave(path, Unread::Link);
            } else if kind.is_file() && wanted(&path) {
                if count == MAX_FILES {
                    project.leave_rest(path);
                    break 'folders;
                }
                count += 1;
                progress(count);
                add(&mut project, path, &entry.path());
            }
        }
    }
    if io::stderr().is_terminal() {
        let _ = write!(io::stderr(), "\r\x1b[K");
    }
    Ok(project)
}

/// A large project takes a moment.
fn progress(count: usize) {
    if count.is_multiple_of(100) && io::stderr().is_terminal() {
        let _ = write!(io::stderr(), "\r{count} files");
    }
}

/// Adds a file's text, or says why there is none.
fn add(project: &mut Project, path: String, whole: &Path) {
    let mut bytes = Vec::new();
    // One byte more, so that a file that is too long shows.
    let most = MAX_FILE_LEN as u64 + 1;
    match fs::File::open(whole).and_then(|file| file.take(most).read_to_end(&mut bytes)) {
        Err(_) => project.leave(path, Unread::Refused),
        Ok(_) if bytes.len() > MAX_FILE_LEN => project.leave(path, Unread::TooLong),
        Ok(_) => match String::from_utf8(bytes) {
            Ok(text) => project.add(path, text),
            Err(_) => project.leave(path, Unread::NotText),
        },
    }
}
