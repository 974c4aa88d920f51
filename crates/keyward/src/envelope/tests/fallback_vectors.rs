//! What the configuration accepts instead of what it wants: files that open, and what can be wrong
//! with those pairs. The wrong ones are right in every other way.

use super::doc::{Case, Doc, int, text, uint};
use super::parts::Parts;
use super::recipe::{Recipe, Way, device_store, passcode, place};
use super::vector::Vector;
use crate::config::{Config, DeviceSecurity, VaultType};
use crate::fallback::{MAX_PROTECTION_CHANGES, Protection, ProtectionChange, Standing, Turn};

use Protection::{Biometrics, Both, CustomPasscode, KeyFile, PasscodeAlone, SecureStorage};

pub(super) fn vectors() -> Vec<Vector> {
    let mut all = opening();
    all.extend(versions());
    all.extend(fields());
    all.extend(counts());
    all.extend(encodings());
    all
}

fn wants(vault_type: VaultType, fallback: &[Protection]) -> Config {
    let mut config = Config::new("example", vault_type);
    if vault_type == VaultType::DeviceSecurity {
        config.device_security = DeviceSecurity::Biometrics;
    }
    config.fallback = fallback.to_vec();
    config
}

fn change(turn: Turn, from: Protection, to: Protection, at: u64) -> ProtectionChange {
    ProtectionChange::new(turn, from, to, at)
}

/// A vault that wanted biometrics, came down to a file, and has climbed back to a passcode.
pub(super) fn with_history(seed: &str) -> Recipe {
    let history = vec![
        change(Turn::Weakened, Biometrics, KeyFile, 1_767_225_600_000),
        change(Turn::Raised, KeyFile, SecureStorage, 1_767_312_000_000),
        change(Turn::Raised, SecureStorage, CustomPasscode, 1_767_311_999_999),
    ];
    let fallback = [CustomPasscode, SecureStorage, KeyFile];
    Recipe::new(seed)
        .config(wants(VaultType::DeviceSecurity, &fallback))
        .standing(Standing { present: Some(CustomPasscode), history })
        .ways([passcode(Some(place("secret-service", b"handle-1")))])
}

fn base() -> Parts {
    Parts::of(&with_history("fallback").make())
}

fn damaged(name: &str, what: &str, edit: impl FnOnce(Doc) -> Doc) -> Vector {
    Vector::damaged(&format!("fallback-{name}"), what, &base().header(edit).bytes())
}

fn opening() -> Vec<Vector> {
    let opens = |name: &str, what: &str, config, standing, ways: &[Way]| {
        let name = format!("opens-fallback-{name}");
        let recipe = Recipe::new(&name).config(config).standing(standing).ways(ways);
        Vector::opens(&name, what, &recipe.make())
    };
    let all =
        [KeyFile, SecureStorage, CustomPasscode, Both, Biometrics, Protection::SystemPasscode];
    let many = (0..MAX_PROTECTION_CHANGES as u64).map(|n| match n % 2 {
        0 => change(Turn::Weakened, CustomPasscode, PasscodeAlone, n),
        _ => change(Turn::Raised, PasscodeAlone, CustomPasscode, u64::MAX - n),
    });
    vec![
        Vector::opens(
            "opens-fallback-with-history",
            "A vault that was weakened and raised twice, and still has not what it wants. The clock \
             was set back in between.",
            &with_history("opens-fallback-with-history").make(),
        ),
        opens(
            "as-wanted",
            "A list of everything that there is, and a vault that is protected as it wants.",
            wants(VaultType::SecureStorage, &all),
            Standing::default(),
            &[device_store()],
        ),
        opens(
            "passcode-alone",
            "A vault that wants a passcode and has one without a device secret, though only a file \
             is listed; and as many changes as there may be.",
            wants(VaultType::CustomPasscode, &[KeyFile]),
            Standing { present: Some(PasscodeAlone), history: many.collect() },
            &[passcode(None)],
        ),
        opens(
            "in-memory",
            "A list in a vault that wants to live in memory and still has entries.",
            wants(VaultType::InMemory, &[SecureStorage]),
            Standing::default(),
            &[device_store()],
        ),
    ]
}

fn versions() -> Vec<Vector> {
    vec![
        damaged("in-version-1", "A fallback in a file that says that it is of version 1.", |doc| {
            doc.set("-70001", &uint(1))
        }),
        damaged(
            "removed-in-version-2",
            "Version 2 without the fallback for which it was: nothing in it is new.",
            |doc| doc.remove("-70005/11").remove("-70005/10").remove("-70005/9"),
        ),
    ]
}

fn fields() -> Vec<Vector> {
    let bad: [Case<'_>; 22] = [
        ("missing", "A present protection and a history without a list.", &|doc| {
            doc.remove("-70005/9")
        }),
        ("empty", "An empty list, which is written as no list.", &|doc| {
            doc.set("-70005/9", &[0x80])
        }),
        ("map", "A map for the list.", &|doc| doc.set("-70005/9", &[0xa0])),
        ("text", "A protection by its name.", &|doc| {
            doc.set("-70005/9/0", &text("CustomPasscode"))
        }),
        ("unknown", "A protection that is not listed.", &|doc| doc.set("-70005/9/2", &uint(7))),
        ("negative", "A protection below zero.", &|doc| doc.set("-70005/9/2", &int(-1))),
        ("twice", "A protection that is listed twice.", &|doc| doc.push("-70005/9", &uint(4))),
        ("passcode-alone", "A passcode alone in the list, where 4 stands for it.", &|doc| {
            doc.set("-70005/9/2", &uint(5))
        }),
        ("repeated", "The list twice.", &|doc| doc.repeat("-70005/9")),
        ("extra", "A twelfth pair.", &|doc| doc.push("-70005", &[uint(12), uint(0)].concat())),
        ("present-unknown", "A present protection that there is not.", &|doc| {
            doc.set("-70005/10", &uint(7))
        }),
        ("present-not-listed", "A present protection that is not in the list.", &|doc| {
            doc.set("-70005/10", &uint(1))
        }),
        ("present-wanted", "A present protection that is what is wanted.", &|doc| {
            doc.set("-70005/10", &uint(2))
        }),
        ("present-array", "An array for the present protection.", &|doc| {
            doc.set("-70005/10", &[0x81, 0x04])
        }),
        (
            "present-alone-without-passcode",
            "A passcode alone, and no passcode in the list.",
            &|doc| doc.remove("-70005/9/0").set("-70005/10", &uint(5)),
        ),
        ("history-empty", "An empty history, which is written as none.", &|doc| {
            doc.set("-70005/11", &[0x80])
        }),
        ("history-turn-2", "A change that is neither of the two.", &|doc| {
            doc.set("-70005/11/0/0", &uint(2))
        }),
        ("history-from-7", "A change from a protection that there is not.", &|doc| {
            doc.set("-70005/11/0/1", &uint(7))
        }),
        ("history-to-7", "A change to a protection that there is not.", &|doc| {
            doc.set("-70005/11/0/2", &uint(7))
        }),
        ("history-same", "A change that changes nothing.", &|doc| {
            doc.set("-70005/11/0/2", &uint(2))
        }),
        ("history-time-negative", "A time before 1970.", &|doc| doc.set("-70005/11/0/3", &int(-1))),
        ("history-repeated", "The history twice.", &|doc| doc.repeat("-70005/11")),
    ];
    bad.map(|(name, what, edit)| damaged(name, what, edit)).into()
}

fn counts() -> Vec<Vector> {
    let seventeenth = [&[0x84], &uint(1)[..], &uint(6), &uint(0), &uint(0)].concat();
    vec![
        damaged("history-3-in-a-change", "A change without its time.", |doc| {
            doc.remove("-70005/11/0/3")
        }),
        damaged("history-5-in-a-change", "A change with one number more.", |doc| {
            doc.push("-70005/11/0", &uint(0))
        }),
        damaged("history-17", "17 changes.", |doc| {
            (0..14).fold(doc, |doc, _| doc.push("-70005/11", &seventeenth))
        }),
    ]
}

fn encodings() -> Vec<Vector> {
    let mut all = Vec::new();
    let items = [
        ("9", "list"),
        ("9/0", "listed"),
        ("10", "present"),
        ("11", "history"),
        ("11/0", "change"),
        ("11/0/3", "time"),
    ];
    for (path, name) in items {
        let path = format!("-70005/{path}");
        let what = "A head that is longer than it need be.";
        let long = format!("{name}-long-head");
        // A time has the longest head already, so that a shorter number takes its place.
        all.push(damaged(&long, what, |doc| match name {
            "time" => doc.set(&path, &uint(1)).longer(&path),
            _ => doc.longer(&path),
        }));
        if matches!(name, "list" | "history" | "change") {
            let indefinite = format!("{name}-indefinite");
            let what = "An indefinite length.";
            all.push(damaged(&indefinite, what, |doc| doc.indefinite(&path)));
        }
    }
    for (path, next, name) in [("9", "10", "list"), ("10", "11", "present"), ("8", "9", "prompt")] {
        let [path, next] = [path, next].map(|it| format!("-70005/{it}"));
        let what = "A pair exchanged with the next one.";
        all.push(damaged(&format!("{name}-order"), what, |doc| doc.exchange(&path, &next)));
    }
    all
}
