//! Where recovery codes and keys come from: a code as a passcode does, keys from files in PEM.

use std::path::Path;

use keyward::{Key, Passcode, Recovery, RecoveryCode, RecoveryPrivateKey, RecoveryPublicKey};
use p256::elliptic_curve::sec1::ToSec1Point;
use p256::pkcs8::{DecodePrivateKey, DecodePublicKey};
use p256::{PublicKey, SecretKey};
use zeroize::Zeroizing;

use crate::app::App;
use crate::exit_code::Code;
use crate::failure::{Failure, Outcome};
use crate::input;
use crate::passcode::{Source, ask, asking_failed};
use crate::progress::Doing;
use crate::terminal::Terminal;

/// Far more than a key in PEM takes.
const MAX_PEM_LEN: usize = 64 << 10;
/// How often somebody may mistype a code.
const TRIES: usize = 3;

/// The code, from where the options say.
pub(crate) fn code(app: &App) -> Outcome<Recovery> {
    let source = app.code.as_ref().expect("the command's options say where codes come from");
    app.progress.now(Doing::Asking);
    let code = match source {
        Source::Terminal(options) => ask_for_code(app, options),
        source => parse(source.read_text("recovery code")?),
    };
    app.progress.now(Doing::Deriving);
    code.map(Recovery::Code)
}

fn ask_for_code(app: &App, options: &str) -> Outcome<RecoveryCode> {
    let name = app.name();
    let terminal = Terminal::open().ok_or_else(|| {
        Failure::new(
            Code::PasscodeRequired,
            format!(
                "There is no terminal to ask for the recovery code of the vault \"{name}\" on. \
                 Nothing was changed. Give it with {options}."
            ),
        )
    })?;
    let mut hidden = terminal.hide().map_err(|error| asking_failed(&error))?;
    let mut question = format!("Recovery code for the vault \"{name}\": ");
    let mut left = TRIES;
    loop {
        let code = parse(ask(&mut hidden, &question, "recovery code")?);
        left -= 1;
        match code {
            // A typo is no guess: it is told as one, and nothing is tried with it.
            Err(failure) if left > 0 => {
                let what = failure.message.replace(" Nothing was changed.", "");
                question = format!("{what} Recovery code: ");
            }
            code => return code,
        }
    }
}

fn parse(mut text: Zeroizing<String>) -> Outcome<RecoveryCode> {
    RecoveryCode::parse(std::mem::take(&mut *text)).map_err(|error| {
        let message = error.to_string();
        let (first, rest) = message.split_at(1);
        Failure::invalid(format!("{}{rest}. Nothing was changed.", first.to_uppercase()))
    })
}

/// The passphrase of a sealed copy, which is not the vault's passcode: from the file, or asked for,
/// twice if it is a new one.
pub(crate) fn passphrase(app: &App, file: Option<&Path>, new: bool) -> Outcome<Passcode> {
    if let Some(path) = file {
        return valid(Source::File(path.to_owned()).read_text("passphrase")?);
    }
    let terminal = Terminal::open().ok_or_else(|| {
        Failure::new(
            Code::PasscodeRequired,
            "There is no terminal to ask for the copy's passphrase on. Nothing was changed. Give it \
             with --passphrase-file.",
        )
    })?;
    app.progress.now(Doing::Asking);
    let mut hidden = terminal.hide().map_err(|error| asking_failed(&error))?;
    let passphrase = valid(ask(&mut hidden, "Passphrase of the sealed copy: ", "passphrase")?)?;
    if new {
        let again = ask(&mut hidden, "The same passphrase again: ", "passphrase")?;
        if passphrase.expose() != again.as_bytes() {
            return Err(Failure::new(
                Code::Dismissed,
                "The two passphrases were not the same. Nothing was changed; try again.",
            ));
        }
    }
    app.progress.now(Doing::Deriving);
    Ok(passphrase)
}

fn valid(mut text: Zeroizing<String>) -> Outcome<Passcode> {
    Passcode::new(std::mem::take(&mut *text)).map_err(|_| {
        Failure::invalid(format!(
            "A passphrase has 1 to {} bytes. Nothing was changed.",
            Passcode::MAX_LEN
        ))
    })
}

/// A public key in PEM.
pub(crate) fn public_key(path: &Path) -> Outcome<RecoveryPublicKey> {
    let pem = pem(path)?;
    let key = PublicKey::from_public_key_pem(&pem).map_err(|_| {
        let what = if pem.contains("PRIVATE KEY") {
            "is a private key. Give its public half, and keep this one away from here"
        } else {
            "has no public key of the curve P-256 in PEM (BEGIN PUBLIC KEY)"
        };
        Failure::invalid(format!("{} {what}. Nothing was changed.", path.display()))
    })?;
    let point = key.to_sec1_point(false);
    let point = point.as_bytes().try_into().expect("an uncompressed point has its length");
    RecoveryPublicKey::new(point)
        .map_err(|error| Failure::invalid(format!("{error}. Nothing was changed.")))
}

/// A private key in PEM, as PKCS #8 or SEC 1 has it.
pub(crate) fn private_key(path: &Path) -> Outcome<Recovery> {
    let pem = pem(path)?;
    let key = SecretKey::from_pkcs8_pem(&pem).ok().or_else(|| SecretKey::from_sec1_pem(&pem).ok());
    let key = key.ok_or_else(|| {
        Failure::invalid(format!(
            "{} has no private key of the curve P-256 in PEM (BEGIN PRIVATE KEY), or it is \
             encrypted. Nothing was changed.",
            path.display()
        ))
    })?;
    let key = Key::fill_with(|out| {
        let bytes = Zeroizing::new(<[u8; Key::LEN]>::from(key.to_bytes()));
        out.copy_from_slice(&*bytes);
        Ok::<_, std::convert::Infallible>(())
    })
    .unwrap_or_else(|never| match never {});
    RecoveryPrivateKey::new(key)
        .map(Recovery::Key)
        .map_err(|error| Failure::invalid(format!("{error}. Nothing was changed.")))
}

fn pem(path: &Path) -> Outcome<Zeroizing<String>> {
    let mut bytes = input::read_path(path, MAX_PEM_LEN)
        .map_err(|error| Failure::file("Reading", path, &error))?;
    String::from_utf8(std::mem::take(&mut *bytes)).map(Zeroizing::new).map_err(|error| {
        drop(Zeroizing::new(error.into_bytes()));
        Failure::invalid(format!("{} is not text. Nothing was changed.", path.display()))
    })
}
