//! What `--fix` writes: lines that are added to a file, a file that is not there yet, or the rights
//! of a file. Nothing is ever removed or replaced.

/// One change that is safe to make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Repair {
    /// The project's file `path` is made. Where anything is there already, a shell refuses: what
    /// could not be read is not replaced.
    Create {
        /// From the project's folder on, with `/` between folders.
        path: String,
        /// All of it.
        content: String,
    },
    /// The project's file `path` becomes `content`: what it was, with lines added to it. Where it is
    /// not `before` any more, a shell refuses: what somebody has saved since would be lost.
    Write {
        /// From the project's folder on, with `/` between folders.
        path: String,
        /// All that was read of it.
        before: String,
        /// All of it.
        content: String,
    },
    /// Only its owner may use the file or folder at this path of the device.
    Restrict {
        /// The whole path.
        path: String,
        /// The rights it gets: `0o600` or `0o700`.
        mode: u32,
    },
}
