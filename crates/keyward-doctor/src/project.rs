//! A project's files, as far as they are looked at.

use std::collections::BTreeMap;

use serde::Deserialize;

/// A longer file is not looked at: 1 MiB.
pub const MAX_FILE_LEN: usize = 1 << 20;
/// Of a project with more files than this, the rest is not looked at.
pub const MAX_FILES: usize = 5_000;

/// Folders that others fill.
const NOT_OURS: &[&str] = &[
    "node_modules",
    "dist",
    "build",
    "www",
    "Pods",
    "target",
    "coverage",
    "vendor",
    "DerivedData",
    "public",
];
/// Files that are looked at wherever they are.
const NAMES: &[&str] =
    &["package.json", "angular.json", "Info.plist", "AndroidManifest.xml", "index.html"];
/// What servers are told, among it the headers of pages.
pub(crate) const SERVER_FILES: &[&str] = &[
    "_headers",
    "netlify.toml",
    "vercel.json",
    "firebase.json",
    "staticwebapp.config.json",
    "nginx.conf",
    ".htaccess",
];
const SOURCES: &[&str] =
    &[".ts", ".tsx", ".mts", ".js", ".jsx", ".mjs", ".vue", ".svelte", ".html"];

/// A project's files by their paths, which have `/` between folders and begin in its folder.
#[derive(Debug, Clone, Default)]
pub struct Project {
    files: BTreeMap<String, String>,
    unread: BTreeMap<String, Unread>,
    first_left_out: Option<String>,
}

/// Why a file that is wanted was not read, or a folder not looked into.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unread {
    /// It has more than [`MAX_FILE_LEN`] bytes.
    TooLong,
    /// It is not UTF-8.
    NotText,
    /// It is a symbolic link.
    Link,
    /// The system refuses it.
    Refused,
    /// It is a folder, and the system refuses it: whatever a project has may be in there.
    RefusedFolder,
}

impl Project {
    /// Adds a file that was read.
    pub fn add(&mut self, path: impl Into<String>, text: impl Into<String>) {
        self.files.insert(path.into(), text.into());
    }

    /// Says of a file or folder that it is there and was not read: it is told, and never written.
    pub fn leave(&mut self, path: impl Into<String>, unread: Unread) {
        self.unread.insert(path.into(), unread);
    }

    /// Says that this file and all behind it were left out, because there are more than
    /// [`MAX_FILES`].
    pub fn leave_rest(&mut self, path: impl Into<String>) {
        self.first_left_out = Some(path.into());
    }

    pub(crate) fn unread(&self) -> impl Iterator<Item = (&str, Unread)> {
        self.unread.iter().map(|(path, unread)| (path.as_str(), *unread))
    }

    pub(crate) fn first_left_out(&self) -> Option<&str> {
        self.first_left_out.as_deref()
    }

    /// Whether the file was found, whatever could be read of it, or may be where nothing was seen.
    pub(crate) fn may_be_there(&self, path: &str) -> bool {
        let mut folders = path.match_indices('/').filter_map(|(end, _)| path.get(..end));
        self.files.contains_key(path)
            || self.unread.contains_key(path)
            || folders.any(|folder| self.unread.get(folder) == Some(&Unread::RefusedFolder))
    }

    pub(crate) fn text(&self, path: &str) -> Option<&str> {
        self.files.get(path).map(String::as_str)
    }

    /// All files, by their paths.
    pub(crate) fn files(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files.iter().map(|(path, text)| (path.as_str(), text.as_str()))
    }

    pub(crate) fn named(&self, name: &str) -> impl Iterator<Item = (&str, &str)> {
        self.files().filter(move |(path, _)| file_name(path) == name)
    }

    /// The app's own scripts and components, without its tests.
    pub(crate) fn sources(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files().filter(|(path, _)| is_source(path) && !is_test(path))
    }
}

/// Whether a shell is to look into the folder at `path`.
#[must_use]
pub fn enters(path: &str) -> bool {
    let name = file_name(path);
    // The app's own `public` has its page and its headers; those of Capacitor are copies.
    let ours = !NOT_OURS.contains(&name) || path == "public";
    !name.starts_with('.') && ours && path.split('/').count() <= 12
}

/// Whether a shell is to read the file at `path`, if it has at most [`MAX_FILE_LEN`] bytes.
#[must_use]
pub fn wanted(path: &str) -> bool {
    let name = file_name(path);
    NAMES.contains(&name)
        || SERVER_FILES.contains(&name)
        || name.starts_with("capacitor.config.")
        || name.starts_with("vite.config.")
        || is_tauri(name)
        || is_source(path)
        || (path.contains("/res/xml/") && path.ends_with(".xml"))
}

/// What a folder under `node_modules` says of itself decides which package it is, so that these are
/// read although shells do not look in there.
pub(crate) const INSTALLED: &str = "node_modules/@ionic-enterprise/identity-vault/package.json";

pub(crate) fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Tauri's configuration, of which there may be one more for each system: `tauri.conf.json`,
/// `tauri.linux.conf.json5`, `Tauri.linux.toml`.
pub(crate) fn is_tauri(name: &str) -> bool {
    let is_json = name.ends_with("conf.json") || name.ends_with("conf.json5");
    (name.starts_with("tauri.") && is_json)
        || (name.starts_with("Tauri.") && name.ends_with(".toml"))
}

pub(crate) fn is_source(path: &str) -> bool {
    SOURCES.iter().any(|ending| path.ends_with(ending)) && !path.ends_with(".d.ts")
}

fn is_test(path: &str) -> bool {
    let name = file_name(path);
    name.contains(".spec.")
        || name.contains(".test.")
        || path.split('/').any(|folder| ["tests", "test", "e2e", "__tests__"].contains(&folder))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_reads_what_belongs_to_the_project() {
        assert!(enters("src") && enters("ios/App") && enters("public"));
        assert!(!enters("ios/App/App/public"));
        assert!(!enters("node_modules") && !enters("a/.git") && !enters("android/app/build"));
        assert!(wanted("src/main.ts") && wanted("android/app/src/main/res/xml/rules.xml"));
        assert!(wanted("capacitor.config.ts") && wanted("ios/App/App/Info.plist"));
        assert!(
            wanted("public/.htaccess")
                && wanted("src-tauri/tauri.conf.json")
                && wanted("src-tauri/tauri.linux.conf.json")
        );
        for tauri in
            ["tauri.conf.json5", "tauri.linux.conf.json5", "Tauri.toml", "Tauri.linux.toml"]
        {
            assert!(wanted(&format!("src-tauri/{tauri}")), "{tauri}");
        }
        assert!(wanted("angular.json") && !wanted("Cargo.toml") && !wanted("tauri.toml"));
        assert!(!wanted("README.md") && !wanted("src/vault.d.ts") && !wanted("logo.png"));
    }
}
