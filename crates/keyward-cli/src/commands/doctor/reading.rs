//! A project's files, as the doctor wants them.

use std::fs::{self, DirEntry, FileType};
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
    match fs::metadata(root.join(installed)) {
        Ok(found) if found.is_file() => {
            add(&mut project, installed.to_owned(), &root.join(installed));
        }
        Err(error) if !nothing_is_there(&error) => {
            project.leave(installed.to_owned(), Unread::Refused);
        }
        _ => {}
    }
    'folders: while let Some(folder) = folders.pop() {
        let entries = match entries_of(&root.join(&folder)) {
            Ok(entries) => entries,
            Err(error) if folder.is_empty() => {
                return Err(Failure::file("Looking into", root, &error));
            }
            Err(_) => {
                project.leave(folder, Unread::RefusedFolder);
                continue;
            }
        };
        for (name, kind) in entries {
            let path = if folder.is_empty() { name } else { format!("{folder}/{name}") };
            let whole = root.join(&path);
            if kind.is_dir() && enters(&path) {
                folders.push(path);
            } else if kind.is_symlink() && wanted(&path) && leads_to_file(&whole) {
                project.leave(path, Unread::Link);
            } else if kind.is_file() && wanted(&path) {
                if count == MAX_FILES {
                    project.leave_rest(path);
                    break 'folders;
                }
                count += 1;
                progress(count);
                add(&mut project, path, &whole);
            }
        }
    }
    if io::stderr().is_terminal() {
        let _ = write!(io::stderr(), "\r\x1b[K");
    }
    Ok(project)
}

/// All that is in a folder, or nothing: a part would pass for the whole.
fn entries_of(folder: &Path) -> io::Result<Vec<(String, FileType)>> {
    let entry = |entry: io::Result<DirEntry>| {
        let entry = entry?;
        // What is no text cannot be told as a path, and so is not read by it either.
        let name = entry.file_name().to_string_lossy().into_owned();
        Ok((name, entry.file_type()?))
    };
    fs::read_dir(folder)?.map(entry).collect()
}

fn nothing_is_there(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

/// Whether a link leads to a file, or to where that cannot be seen.
fn leads_to_file(link: &Path) -> bool {
    fs::metadata(link).map_or_else(|error| !nothing_is_there(&error), |found| found.is_file())
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
