//! `keyward config`

use keyward::{Config, DeviceSecurity, Error, VaultType};

use crate::app::App;
use crate::explain::{cannot_protect, explain};
use crate::failure::{Failure, Outcome};
use crate::output::Tone;
use crate::session::Session;
use crate::words::{self, DeviceSecurityWord, FallbackList, LockAfter, TypeWord};

/// Show the vault's configuration, or change it
///
/// Without options, the configuration is shown; that needs no key. Every change is one step: the
/// vault has the old configuration or the new one, and its entries either way. Changing the type
/// changes the key.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  keyward config
  keyward config --type custom-passcode       from now on, a passcode opens the vault
  keyward config --lock-after 5m --max-failed-attempts 10
  keyward config --lock-after never
  keyward --key-file key config --fallback key-file   the keyring, or the file where there is none")]
pub(crate) struct Args {
    /// How the vault opens
    #[arg(long = "type", value_enum, value_name = "TYPE")]
    vault_type: Option<TypeWord>,

    #[command(flatten)]
    settings: Settings,
}

/// The parts of a configuration that are neither name nor type.
#[derive(Debug, clap::Args)]
pub(crate) struct Settings {
    /// What the device asks for, in a device-security vault [default: both]
    #[arg(long, value_enum, value_name = "WHAT")]
    device_security: Option<DeviceSecurityWord>,

    /// How long an app that uses the vault may be in the background before the vault locks: 90s,
    /// 5m, 1h30m, 0 (at once) or never
    #[arg(long, value_name = "TIME", value_parser = words::parse_lock_after)]
    lock_after: Option<LockAfter>,

    /// How many wrong passcodes are taken before there are delays: 1 to 1000
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
    max_failed_attempts: Option<u32>,

    /// Clear the vault at that limit, instead of delays
    #[arg(long, value_name = "YES|NO", value_parser = words::parse_yes)]
    clear_after_too_many_failed_attempts: Option<bool>,

    /// Unlock the vault as soon as an app attaches to it
    #[arg(long, value_name = "YES|NO", value_parser = words::parse_yes)]
    unlock_on_load: Option<bool>,

    /// What to accept, in this order, on a device that cannot do what the type wants, with commas
    /// between them: biometrics, system-passcode, both, custom-passcode, secure-storage, key-file; or
    /// none, which refuses [default: none]. The vault is raised once the device can
    #[arg(long, value_name = "LIST", value_parser = words::parse_fallback)]
    fallback: Option<FallbackList>,
}

impl Settings {
    fn is_empty(&self) -> bool {
        self.device_security.is_none()
            && self.lock_after.is_none()
            && self.max_failed_attempts.is_none()
            && self.clear_after_too_many_failed_attempts.is_none()
            && self.unlock_on_load.is_none()
            && self.fallback.is_none()
    }

    /// Changes `config`, whose type is the new one already.
    pub(super) fn apply(&self, config: &mut Config) {
        if let Some(word) = self.device_security {
            config.device_security = word.into();
        } else if config.vault_type == VaultType::DeviceSecurity
            && config.device_security == DeviceSecurity::None
        {
            config.device_security = DeviceSecurity::Both;
        }
        if let Some(LockAfter(after)) = self.lock_after {
            config.lock_after_backgrounded = after;
        }
        if let Some(limit) = self.max_failed_attempts {
            config.max_failed_attempts = limit;
        }
        if let Some(clear) = self.clear_after_too_many_failed_attempts {
            config.clear_after_too_many_failed_attempts = clear;
        }
        if let Some(unlock) = self.unlock_on_load {
            config.unlock_on_load = unlock;
        }
        if let Some(FallbackList(list)) = &self.fallback {
            config.fallback.clone_from(list);
        }
    }
}

pub(crate) fn run(args: &Args, app: &App) -> Outcome {
    let found = app.find()?;
    let before = match &found.inspection {
        Ok(inspection) => inspection.config.clone(),
        Err(error) => return Err(explain(app, Some(&found), error)),
    };
    if args.vault_type.is_none() && args.settings.is_empty() {
        return show(app, &before);
    }
    if args.vault_type == Some(TypeWord::InMemory) {
        return Err(Failure::usage(format!(
            "An in-memory vault keeps nothing when the program that uses it ends: the entries \
             would be gone. Choose another type, or {}.",
            app.hint("clear")
        )));
    }
    let empty = found.inspection.as_ref().is_ok_and(|inspection| inspection.empty);
    let mut session = Session::of(app, found)?;
    // A key that cannot be had is found out before anything is changed. An empty vault needs none.
    if empty {
        session.run(|vault| vault.is_empty())?;
    } else {
        session.run(|vault| vault.unlock())?;
    }
    let mut config = session.config()?;
    if let Some(word) = args.vault_type {
        config.vault_type = word.into();
    }
    args.settings.apply(&mut config);
    let changed = session.try_run(|vault| vault.update_config(config.clone()));
    // An empty vault has lost its key with the change: it gets the new one now, as at `init`.
    let changed = changed.and_then(|()| session.try_run(|vault| vault.enroll()));
    match changed {
        Err(Error::Unsupported { .. }) if config.vault_type != before.vault_type => {
            return Err(cannot_protect(config.vault_type));
        }
        result => result.map_err(|error| session.explain(&error))?,
    }
    drop(session);
    app.output.say("Changed.")?;
    show(app, &config)
}

fn show(app: &App, config: &Config) -> Outcome {
    if app.output.json {
        return app.output.json(config);
    }
    let vault_type = words::name(config.vault_type);
    let how = words::how_it_opens(config.vault_type);
    let mut rows = vec![
        ("Name", app.name(), Tone::Plain),
        ("Type", format!("{vault_type} ({how})"), Tone::Plain),
    ];
    if config.vault_type == VaultType::DeviceSecurity {
        rows.push(("Device asks for", words::name(config.device_security), Tone::Plain));
    }
    let lock_after = config.lock_after_backgrounded.map_or("never".to_owned(), words::duration);
    rows.push(("Locks in the background after", lock_after, Tone::Plain));
    rows.push(("Wrong passcodes allowed", config.max_failed_attempts.to_string(), Tone::Plain));
    let beyond = match config.clear_after_too_many_failed_attempts {
        true => "the vault is cleared",
        false => "attempts have to wait, longer each time",
    };
    rows.push(("Then", beyond.to_owned(), Tone::Plain));
    rows.push(("Unlocks on load", words::yes(config.unlock_on_load).to_owned(), Tone::Plain));
    if !config.fallback.is_empty() {
        rows.push(("Accepts instead", words::fallback(&config.fallback), Tone::Plain));
    }
    app.output.table(&rows)
}
