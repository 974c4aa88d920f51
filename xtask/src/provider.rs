//! The provider that the demo and the tests sign in at.

use crate::node;
use crate::steps::Failed;

/// Where the provider is, from the root of the repository.
pub(crate) const FOLDER: &str = "apps/provider";

/// Installs what it is made of; there is nothing to build.
pub(crate) fn build() -> Result<(), Failed> {
    node::install(FOLDER)
}

/// What the tests of sessions rely on.
pub(crate) fn test() -> Result<(), Failed> {
    build()?;
    node::script(FOLDER, "test")
}
