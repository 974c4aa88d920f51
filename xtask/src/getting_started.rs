//! The app that newcomers run: built on the npm package, and tested in a browser.

use crate::node;
use crate::packages;
use crate::provider;
use crate::steps::Failed;

/// Where the app is, from the root of the repository.
pub(crate) const FOLDER: &str = "apps/getting-started";

/// Builds the app; the npm package has to be there.
pub(crate) fn build() -> Result<(), Failed> {
    node::install(FOLDER)?;
    node::script(FOLDER, "build")
}

/// Types, the app in a browser, and the code in the tutorial.
pub(crate) fn test() -> Result<(), Failed> {
    packages::require(packages::BROWSERS)?;
    // Its tests sign in at it.
    node::install(provider::FOLDER)?;
    build()?;
    node::script(FOLDER, "check")?;
    node::script(FOLDER, "test")
}
