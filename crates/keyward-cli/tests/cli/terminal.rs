//! The command on a real pseudo-terminal.
