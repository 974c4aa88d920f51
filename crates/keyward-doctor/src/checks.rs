//! What a project is looked at for, one thing in each file.

mod android_backup;
mod before_mount;
mod content_security_policy;
mod face_id;
mod insecure_origin;
mod packages;
mod unread;
mod vault_keys;

use crate::finding::Finding;
use crate::project::Project;

/// Puts what one check finds into the list.
pub(crate) type Check = fn(&Project, &mut Vec<Finding>);

pub(crate) const ALL: &[Check] = &[
    face_id::check,
    android_backup::check,
    insecure_origin::check,
    content_security_policy::check,
    packages::check,
    vault_keys::check,
    before_mount::check,
    unread::check,
];

/// Whether a script uses a vault's package.
fn uses_vaults(text: &str) -> bool {
    ["'keyward'", "\"keyward\"", "@ionic-enterprise/identity-vault"]
        .iter()
        .any(|name| text.contains(name))
}
