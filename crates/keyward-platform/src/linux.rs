//! Linux only.

pub(crate) mod secret_service;
