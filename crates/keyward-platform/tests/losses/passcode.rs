//! A vault that a passcode alone opens.

use keyward::VaultType;

use crate::file::lose_files;
use crate::page::Table;
use crate::scene::{Keeper, Scene};

#[test]
fn by_a_passcode() {
    let mut table = Table::new("a passcode");
    let forgotten = Scene::new(VaultType::CustomPasscode, &Keeper::Nobody);
    forgotten.lose(
        &mut table,
        ("the passcode is forgotten", "the recovery code"),
        || forgotten.passcode.set("2581"),
        || forgotten.recover(),
    );
    lose_files(&mut table, VaultType::CustomPasscode, &Keeper::Nobody);
    table.check();
}
