//! The suite that every [`Store`] must pass.

use std::rc::Rc;

use futures_util::StreamExt;
use keyward::{Revision, Store, Stored, Swap};

/// Two handles on one fresh, empty cell, as two processes would have them.
pub struct Handles {
    /// The one.
    pub a: Rc<dyn Store>,
    /// The other.
    pub b: Rc<dyn Store>,
}

/// How often a race is tried that a store might win by luck.
const ROUNDS: usize = 50;

/// Runs the whole suite. `fresh` gives two handles on another empty cell each time it is called.
///
/// # Panics
/// Where the store is wrong.
pub async fn all(fresh: impl AsyncFn() -> Handles) {
    all_up_to(12 << 20, fresh).await;
}

/// Runs the whole suite with contents of at most `max_len` bytes, for a store that cannot hold what
/// a vault may have.
///
/// # Panics
/// Where the store is wrong.
pub async fn all_up_to(max_len: u32, fresh: impl AsyncFn() -> Handles) {
    starts_empty(fresh().await).await;
    loads_what_was_swapped_in(fresh().await).await;
    keeps_its_content_on_conflict(fresh().await).await;
    gives_revisions_that_name_contents(fresh().await).await;
    lets_one_of_two_swaps_through(fresh().await).await;
    sees_through_a_return_to_the_same_bytes(fresh().await).await;
    can_be_emptied(fresh().await).await;
    sees_through_deletion_and_recreation(fresh().await).await;
    tells_no_bytes_from_no_content(fresh().await).await;
    makes_contents_while_it_looks(fresh().await).await;
    holds_large_contents(fresh().await, max_len).await;
    shows_the_ends(fresh().await, max_len).await;
    notices_another_handles_change(fresh().await).await;
    notices_another_handles_deletion(fresh().await).await;
    loses_no_update(fresh().await).await;
}

/// A fresh cell holds nothing, and looking does not change that.
pub async fn starts_empty(Handles { a, b }: Handles) {
    assert_eq!(load(&a).await, None);
    assert_eq!(load(&b).await, None);
    assert_eq!(load(&a).await, None);
    assert_eq!(swap(&a, None, None).await, Swap::Done(None), "emptying an empty cell");
}

/// What is swapped in comes back, on either handle, also where the swapping handle never loaded.
pub async fn loads_what_was_swapped_in(Handles { a, b }: Handles) {
    let first = put(&a, None, b"first").await;
    let loaded = present(&a).await;
    assert_eq!(loaded, Stored { bytes: b"first".to_vec(), revision: first });
    assert_eq!(present(&b).await.bytes, b"first");

    let second = put(&a, Some(first), b"the second, which is longer").await;
    assert_eq!(present(&a).await.revision, second);
    assert_eq!(present(&b).await.bytes, b"the second, which is longer");
    put(&a, Some(second), b"3").await;
    assert_eq!(present(&b).await.bytes, b"3", "nothing is left of a longer content");
}

/// A swap that expects something else is refused and changes nothing.
pub async fn keeps_its_content_on_conflict(Handles { a, b }: Handles) {
    let first = put(&a, None, b"first").await;
    assert_eq!(swap(&a, None, Some(b"other")).await, Swap::Conflict, "expecting an empty cell");
    assert_eq!(swap(&a, None, None).await, Swap::Conflict, "expecting an empty cell");
    assert_eq!(
        swap(&b, None, Some(b"other")).await,
        Swap::Conflict,
        "expecting an empty cell, never loaded"
    );
    let second = put(&a, Some(first), b"second").await;
    assert_eq!(swap(&a, Some(first), Some(b"other")).await, Swap::Conflict, "expecting what was");
    assert_eq!(swap(&a, Some(first), None).await, Swap::Conflict, "expecting what was");
    assert_eq!(present(&a).await, Stored { bytes: b"second".to_vec(), revision: second });
    assert_eq!(present(&b).await.bytes, b"second");

    assert_eq!(swap(&a, Some(second), None).await, Swap::Done(None));
    assert_eq!(swap(&a, Some(second), Some(b"other")).await, Swap::Conflict, "expecting what was");
    assert_eq!(load(&a).await, None);
}

/// Equal revisions from one handle mean equal contents, and a content that stays keeps its own.
pub async fn gives_revisions_that_name_contents(Handles { a, b }: Handles) {
    let mut revision = put(&a, None, b"0").await;
    let mut seen = vec![revision];
    for round in 1..10_u8 {
        assert_eq!(present(&a).await.revision, revision, "nothing has changed");
        let theirs = present(&b).await.revision;
        assert_eq!(present(&b).await.revision, theirs, "nothing has changed");
        assert!(holds(&a, revision).await, "nothing has changed");
        let before = revision;
        if round % 2 == 0 {
            revision = put(&a, Some(revision), &[round]).await;
        } else {
            put(&b, Some(theirs), &[round]).await;
            assert!(!holds(&a, before).await, "the other has changed it");
            revision = present(&a).await.revision;
        }
        assert!(holds(&a, revision).await && !holds(&a, before).await);
        assert!(!seen.contains(&revision), "a revision came back for another content");
        seen.push(revision);
    }
}

/// Of two swaps that expect the same content, the later one is refused, whoever makes it.
pub async fn lets_one_of_two_swaps_through(Handles { a, b }: Handles) {
    put(&a, None, b"0").await;
    for round in 1..10_u8 {
        let (first, second) = if round % 2 == 0 { (&a, &b) } else { (&b, &a) };
        let expected = present(first).await.revision;
        let outdated = present(second).await.revision;
        put(first, Some(expected), &[round]).await;
        assert_eq!(swap(second, Some(outdated), Some(b"lost")).await, Swap::Conflict);
        assert_eq!(swap(second, Some(outdated), None).await, Swap::Conflict);
        assert_eq!(present(second).await.bytes, [round]);
    }
}

/// A swap is refused when the content has changed and changed back meanwhile, however fast.
pub async fn sees_through_a_return_to_the_same_bytes(Handles { a, b }: Handles) {
    let mut theirs = put(&b, None, b"same bytes").await;
    for _ in 0..ROUNDS {
        let mine = present(&a).await;
        theirs = put(&b, Some(theirs), b"otherbytes").await;
        theirs = put(&b, Some(theirs), b"same bytes").await;
        assert_eq!(swap(&a, Some(mine.revision), Some(b"lost")).await, Swap::Conflict);
        let now = present(&a).await;
        assert_eq!(now.bytes, b"same bytes");
        assert_ne!(now.revision, mine.revision);
    }
}

/// Emptying a cell empties it for everyone, and it can be filled again.
pub async fn can_be_emptied(Handles { a, b }: Handles) {
    let mine = put(&a, None, b"first").await;
    let theirs = present(&b).await.revision;
    assert_eq!(swap(&a, Some(mine), None).await, Swap::Done(None));
    assert_eq!(load(&a).await, None);
    assert_eq!(swap(&b, Some(theirs), Some(b"lost")).await, Swap::Conflict, "it was emptied");
    assert_eq!(swap(&b, Some(theirs), None).await, Swap::Conflict, "it was emptied");
    assert_eq!(load(&b).await, None);
    put(&b, None, b"second").await;
    assert_eq!(present(&a).await.bytes, b"second");
}

/// A cell that was emptied and filled again, with the same bytes even, is not what it was.
pub async fn sees_through_deletion_and_recreation(Handles { a, b }: Handles) {
    let mut theirs = put(&b, None, b"same bytes").await;
    for _ in 0..ROUNDS {
        let mine = present(&a).await.revision;
        assert_eq!(swap(&b, Some(theirs), None).await, Swap::Done(None));
        theirs = put(&b, None, b"same bytes").await;
        assert_eq!(swap(&a, Some(mine), Some(b"lost")).await, Swap::Conflict);
        assert_eq!(swap(&a, Some(mine), None).await, Swap::Conflict);
        assert_eq!(swap(&a, None, Some(b"lost")).await, Swap::Conflict);
        assert_eq!(present(&a).await.bytes, b"same bytes");
    }
}

/// No bytes are a content; no content is none.
pub async fn tells_no_bytes_from_no_content(Handles { a, b }: Handles) {
    let revision = put(&a, None, b"").await;
    assert_eq!(present(&a).await, Stored { bytes: Vec::new(), revision });
    assert_eq!(present(&b).await.bytes, b"");
    assert_eq!(swap(&b, None, Some(b"other")).await, Swap::Conflict, "it is not empty");
    let revision = put(&a, Some(revision), b"some").await;
    let revision = put(&a, Some(revision), b"").await;
    assert_eq!(present(&b).await.bytes, b"");
    assert_eq!(swap(&a, Some(revision), None).await, Swap::Done(None));
    assert_eq!(load(&b).await, None);
}

/// `len` bytes go in and come out, byte for byte.
pub async fn holds_large_contents(Handles { a, b }: Handles, len: u32) {
    let large: Vec<u8> = (0..len).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let small = put(&a, None, b"small").await;
    let revision = put(&a, Some(small), &large).await;
    assert!(present(&b).await.bytes == large, "{len} bytes came back changed");
    put(&a, Some(revision), b"small").await;
    assert_eq!(present(&b).await.bytes, b"small");
}

/// Whoever asks for the ends of a content gets these, its length and its revision, whatever is between.
pub async fn shows_the_ends(Handles { a, b }: Handles, len: u32) {
    let ends = async |ends| b.load_ends(ends).await.expect("loading works");
    assert_eq!(ends(8).await, None);
    let content: Vec<u8> = (0..len).map(|at| (at % 251) as u8).collect();
    let revision = put(&a, None, &content).await;
    for wanted in [0, 1, 100, content.len() / 2, content.len(), usize::MAX] {
        let found = ends(wanted).await.expect("the cell holds something");
        assert_eq!(found.bytes.len(), content.len());
        let (first, last) = (wanted.min(content.len()), content.len().saturating_sub(wanted));
        assert!(found.bytes[..first] == content[..first], "the first {wanted} bytes");
        assert!(found.bytes[last..] == content[last..], "the last {wanted} bytes");
        assert_eq!(found.revision, present(&b).await.revision, "of the same content");
        assert!(holds(&b, found.revision).await);
    }
    put(&a, Some(revision), b"").await;
    assert_eq!(ends(8).await.expect("it holds nothing, but something").bytes, b"");
}

/// A watcher is told of each change that another handle makes once it has seen the one before,
/// also when its own handle has made changes in between.
pub async fn notices_another_handles_change(Handles { a, b }: Handles) {
    assert_eq!(load(&a).await, None);
    let mut changes = a.watch();
    let mut theirs = put(&b, None, b"from b").await;
    assert_eq!(changes.next().await, Some(()), "the cell was filled");
    for round in 0..5_u8 {
        let mine = present(&a).await.revision;
        put(&a, Some(mine), b"from a").await;
        theirs = match present(&b).await {
            Stored { bytes, revision } if bytes == b"from a" => {
                put(&b, Some(revision), &[round]).await
            }
            other => panic!("b sees {other:?}; it last wrote {theirs:?}"),
        };
        // It may yield for our own changes, too; what counts is that one comes.
        assert_eq!(changes.next().await, Some(()), "the cell was changed");
        assert_eq!(present(&a).await.bytes, [round]);
    }
}

/// A watcher is told when another handle empties the cell.
pub async fn notices_another_handles_deletion(Handles { a, b }: Handles) {
    put(&a, None, b"from a").await;
    let mut changes = a.watch();
    let theirs = present(&b).await.revision;
    assert_eq!(swap(&b, Some(theirs), None).await, Swap::Done(None));
    assert_eq!(changes.next().await, Some(()), "the cell was emptied");
    assert_eq!(load(&a).await, None);
}

/// Two handles that count up in turns and at once, each retrying on conflict, lose nothing.
pub async fn loses_no_update(Handles { a, b }: Handles) {
    const EACH: usize = 25;
    let count = async |store: &Rc<dyn Store>| {
        for _ in 0..EACH {
            loop {
                let (expected, next) = match load(store).await {
                    Some(Stored { bytes, revision }) => (Some(revision), bytes[0] + 1),
                    None => (None, 1),
                };
                if swap(store, expected, Some(&[next])).await != Swap::Conflict {
                    break;
                }
            }
        }
    };
    futures_util::join!(count(&a), count(&b));
    assert_eq!(usize::from(present(&a).await.bytes[0]), 2 * EACH);
}

/// A content that is made during the swap is swapped in as any other, and giving up changes nothing.
pub async fn makes_contents_while_it_looks(Handles { a, b }: Handles) {
    let given_up = async |expected| {
        let swapped = a.swap_with(expected, &mut || None).await;
        assert_eq!(swapped.expect("swapping works"), Swap::Conflict, "given up");
    };
    given_up(None).await;
    assert_eq!(load(&b).await, None);
    let first = make(&a, None, b"first").await.expect("the cell was empty");
    assert_eq!(present(&b).await.bytes, b"first");
    given_up(Some(first)).await;
    assert_eq!(make(&a, None, b"other").await, None, "expecting an empty cell");
    assert_eq!(present(&a).await, Stored { bytes: b"first".to_vec(), revision: first });

    let theirs = present(&b).await.revision;
    make(&b, Some(theirs), b"second").await.expect("nobody else has changed it");
    assert_eq!(make(&a, Some(first), b"lost").await, None, "expecting what was");
    assert_eq!(present(&a).await.bytes, b"second");
    assert_eq!(present(&b).await.bytes, b"second");
}

/// Swaps in bytes that are made once at most; `None` on a conflict.
async fn make(store: &Rc<dyn Store>, expected: Option<Revision>, new: &[u8]) -> Option<Revision> {
    let mut times = 0;
    let mut made = || {
        times += 1;
        Some(new.to_vec())
    };
    let swapped = store.swap_with(expected, &mut made).await.expect("swapping works");
    assert!(times <= 1, "made {times} times");
    match swapped {
        Swap::Done(Some(revision)) => Some(revision),
        Swap::Conflict => None,
        Swap::Done(None) => panic!("emptied"),
    }
}

async fn load(store: &Rc<dyn Store>) -> Option<Stored> {
    store.load().await.expect("loading works")
}

async fn present(store: &Rc<dyn Store>) -> Stored {
    load(store).await.expect("the cell holds something")
}

async fn holds(store: &Rc<dyn Store>, revision: Revision) -> bool {
    store.holds(revision).await.expect("looking works")
}

async fn swap(store: &Rc<dyn Store>, expected: Option<Revision>, new: Option<&[u8]>) -> Swap {
    store.swap(expected, new).await.expect("swapping works")
}

/// Swaps bytes in where that must succeed.
async fn put(store: &Rc<dyn Store>, expected: Option<Revision>, new: &[u8]) -> Revision {
    match swap(store, expected, Some(new)).await {
        Swap::Done(Some(revision)) => revision,
        other => panic!("swapping in {} bytes: {other:?}", new.len()),
    }
}

#[cfg(test)]
mod tests {
    use futures_executor::block_on;
    use keyward::MemoryCell;

    use super::*;

    #[test]
    fn the_cell_in_memory_passes() {
        block_on(all(async || {
            let cell = MemoryCell::new();
            Handles { a: Rc::new(cell.another()), b: Rc::new(cell) }
        }));
    }
}
