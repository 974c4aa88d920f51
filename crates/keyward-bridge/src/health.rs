//! How a vault is and what the device can do, as messages.

use keyward::Condition;

use crate::code::{millis, with_causes};
use crate::messages::{Capabilities, Capability, Health, Older};

pub(crate) fn health(health: &keyward::Health) -> Health {
    let mut message = Health {
        condition: health.condition.name(),
        next_step: health.next_step().name(),
        provider: None,
        key_seen: None,
        obstacle: None,
        message: None,
        older: health.older.as_ref().map(older),
        recoverable: health.recoverable,
        can_be_raised: health.can_be_raised,
        retry_after: health.retry_after.map(millis),
        registry: health.registry.name(),
    };
    match &health.condition {
        Condition::Locked { key_seen } => message.key_seen = Some(*key_seen),
        Condition::KeyUnavailable { provider, obstacle, cause } => {
            message.provider = Some(provider.clone());
            message.obstacle = obstacle.as_ref().map(keyward::Obstacle::name);
            message.message = Some(with_causes(cause));
        }
        Condition::KeyLost { provider } => message.provider = Some(provider.clone()),
        Condition::Damaged { what } => message.message = Some((*what).to_owned()),
        Condition::StoreFailed(error) => message.message = Some(with_causes(error)),
        _ => {}
    }
    message
}

pub(crate) fn older(older: &keyward::Older) -> Older {
    Older {
        stored_vault: older.stored_vault.to_string(),
        stored_epoch: older.stored_epoch,
        seen_vault: older.seen_vault.to_string(),
        seen_epoch: older.seen_epoch,
    }
}

pub(crate) fn capabilities(capabilities: &keyward::Capabilities) -> Capabilities {
    Capabilities {
        secure_storage: capability(&capabilities.secure_storage),
        system_passcode: capability(&capabilities.system_passcode),
        biometrics: capability(&capabilities.biometrics),
        both: capability(&capabilities.both),
        custom_passcode: capability(&capabilities.custom_passcode),
        in_memory: capability(&capabilities.in_memory),
    }
}

fn capability(capability: &keyward::Capability) -> Capability {
    let obstacle = capability.obstacle();
    Capability {
        state: capability.name(),
        obstacle: obstacle.map(keyward::Obstacle::name),
        message: obstacle.map(ToString::to_string),
    }
}
