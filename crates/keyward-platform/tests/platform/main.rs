//! The platform against the real thing: files, disks, processes.

mod conformance;
mod folder;
mod full_disk;
mod kill;
mod lock;
mod locked_memory;
mod obstacles;
mod processes;
mod read_only;
mod support;
mod watch;
