//! Finding a vault's items, and being sure when there are none.

use keyward::VaultId;
use oo7::zbus::zvariant::OwnedObjectPath;

use super::client::{Client, Object};
use super::place::{APPLICATION, Place, VERSION, attributes, is_key_id};
use super::trouble::Trouble;

/// One of our items, in a collection that is unlocked.
pub(super) struct Item {
    pub(super) path: OwnedObjectPath,
    pub(super) collection: OwnedObjectPath,
    /// `None` when somebody removed it from the item's attributes.
    pub(super) key_id: Option<String>,
}

/// What a search came to.
pub(super) enum Search {
    /// At least one, the oldest first; of the same second, the first by path.
    Found(Vec<Item>),
    /// The service answers, unlocked, that there is none.
    Absent,
    /// None was found where it was possible to look; this is why that proves nothing.
    Unsure(Trouble),
}

/// Looks for a vault's items in every collection that is unlocked. When there are none there, and
/// `may_prompt`, unlocks those that are likely to have one.
pub(super) async fn search(
    client: &Client,
    vault: VaultId,
    place: &Place,
    may_prompt: bool,
) -> Result<Search, Trouble> {
    let default = client.default_collection().await?;
    let collections = all_collections(client, default.as_ref()).await?;
    let mut locked = Vec::new();
    let mut found = Vec::new();
    for collection in &collections {
        if client.is_locked(&Object::Collection(collection)).await? {
            locked.push(collection);
        } else {
            found.extend(items(client, collection, vault, place).await?);
        }
    }
    if !found.is_empty() {
        return oldest_first(client, found).await;
    }

    let home = place.collection.as_deref();
    if may_prompt {
        let home_is_here = collections.iter().any(|path| Some(path.as_str()) == home);
        let likely = if home_is_here { home } else { default.as_deref().map(|path| path.as_str()) };
        let mut still_locked = Vec::new();
        for collection in locked {
            let likely = Some(collection.as_str()) == likely
                || admits_to_having(client, collection, vault, place).await?;
            if likely {
                client.unlock(&Object::Collection(collection)).await?;
            }
            if likely && !client.is_locked(&Object::Collection(collection)).await? {
                found.extend(items(client, collection, vault, place).await?);
            } else {
                still_locked.push(collection);
            }
        }
        if !found.is_empty() {
            return oldest_first(client, found).await;
        }
        locked = still_locked;
    }

    if !locked.is_empty() {
        return Ok(Search::Unsure(Trouble::Locked));
    }
    if default.is_none() {
        return Ok(Search::Unsure(Trouble::NoCollection));
    }
    if home.is_some_and(|home| collections.iter().all(|path| path.as_str() != home)) {
        return Ok(Search::Unsure(Trouble::Elsewhere));
    }
    // A collection that was locked during the search said nothing, however it answered.
    if all_collections(client, default.as_ref()).await? != collections {
        return Ok(Search::Unsure(Trouble::Nonsense("listing the keyrings twice")));
    }
    for collection in &collections {
        if client.is_locked(&Object::Collection(collection)).await? {
            return Ok(Search::Unsure(Trouble::Locked));
        }
    }
    Ok(Search::Absent)
}

/// All collections, sorted, the default one among them even if the service forgets to list it.
async fn all_collections(
    client: &Client,
    default: Option<&OwnedObjectPath>,
) -> Result<Vec<OwnedObjectPath>, Trouble> {
    let mut collections = client.collections().await?;
    collections.extend(default.cloned());
    collections.sort_unstable_by(|one, other| one.as_str().cmp(other.as_str()));
    collections.dedup();
    Ok(collections)
}

/// A vault's items in an unlocked collection.
async fn items(
    client: &Client,
    collection: &OwnedObjectPath,
    vault: VaultId,
    place: &Place,
) -> Result<Vec<Item>, Trouble> {
    const DOING: &str = "searching the keyring";
    let wanted = attributes(vault, place.key_id.as_deref());
    let mut items = Vec::new();
    for path in client.search(collection, &wanted).await? {
        // A service that searches loosely must not make us read, and later delete, what is another
        // program's.
        let attributes = client.attributes(&path).await?;
        if wanted.iter().any(|(name, value)| attributes.get(*name) != Some(value)) {
            return Err(Trouble::Nonsense(DOING));
        }
        debug_assert_eq!(attributes.get("application").map(String::as_str), Some(APPLICATION));
        if attributes.get("version").map(String::as_str) != Some(VERSION) {
            let newer = "the item was written by another version of Keyward".to_owned();
            return Err(Trouble::Failed(DOING, newer));
        }
        let key_id = attributes.get("key-id").filter(|id| is_key_id(id)).cloned();
        items.push(Item { path, collection: collection.clone(), key_id });
    }
    Ok(items)
}

/// Whether a locked collection says that it has such an item, as gnome-keyring does.
async fn admits_to_having(
    client: &Client,
    collection: &OwnedObjectPath,
    vault: VaultId,
    place: &Place,
) -> Result<bool, Trouble> {
    match client.search(collection, &attributes(vault, place.key_id.as_deref())).await {
        Ok(items) => Ok(!items.is_empty()),
        // A service that does not answer will not answer the next question either.
        Err(trouble @ Trouble::TimedOut(_)) => Err(trouble),
        Err(_) => Ok(false),
    }
}

async fn oldest_first(client: &Client, items: Vec<Item>) -> Result<Search, Trouble> {
    if items.len() == 1 {
        return Ok(Search::Found(items));
    }
    let mut aged = Vec::with_capacity(items.len());
    for item in items {
        aged.push((client.created_at(&item.path).await?, item));
    }
    aged.sort_by(|(age, item), (other_age, other)| {
        age.cmp(other_age).then_with(|| item.path.as_str().cmp(other.path.as_str()))
    });
    Ok(Search::Found(aged.into_iter().map(|(_, item)| item).collect()))
}
