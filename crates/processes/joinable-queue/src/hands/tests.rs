//! How the hands of dead owners are found, in one process: the death of an owner is the
//! release of its lock.

use super::*;

/// The time of a last look that is always recent.
const FUTURE: Duration = Duration::from_secs(u32::MAX as u64);

/// An owned hand with a task that has been popped from the ring, or has not.
fn filled(hands: &Hands, number: u32, popped: bool) -> usize {
    let taken = hands.take(|| false).expect("a lock");
    let Some(Taken::Empty(hand)) = taken else { panic!("no empty hand") };
    hands.fill(hand, number, [b"ta", b"sk"]);
    if popped {
        hands.popped(hand);
    }
    hand
}

fn owner_dies(hands: &Hands, hand: usize) {
    hands.mine().owned[hand] = false;
    hands.lock(hand, libc::F_UNLCK).expect("a lock");
}

fn inherited(hands: &Hands, popped_all: bool) -> Option<usize> {
    hands.inherit(|| popped_all).expect("a lock")
}

/// It may be in the ring as well if it was filled last, is not noted as popped, and the
/// ring is not empty.
#[test]
fn a_dead_owners_task_is_taken_unless_its_record_may_be_in_the_ring() {
    for (popped, popped_all, last) in (0..8).map(|n| (n & 1 > 0, n & 2 > 0, n & 4 > 0))
    {
        let hands = Hands::new().expect("hands");
        let hand = filled(&hands, 1, popped);
        if !last {
            filled(&hands, 2, true);
        }
        owner_dies(&hands, hand);
        hands.mine().looked = None;
        let found = inherited(&hands, popped_all);
        let is_certain = popped || popped_all || !last;
        assert_eq!(found, is_certain.then_some(hand), "{popped} {popped_all} {last}");
        // Only a look that finds no dead owner at all makes the next one unnecessary.
        assert_eq!(hands.mine().looked, None);
    }
}

#[test]
fn each_look_finds_one_more_of_several_dead_owners_and_the_last_one_none() {
    let hands = Hands::new().expect("hands");
    let all = [1, 2, 3].map(|number| filled(&hands, number, true));
    for hand in all {
        owner_dies(&hands, hand);
    }
    hands.mine().looked = None;
    for hand in all {
        assert_eq!((inherited(&hands, true), hands.mine().looked), (Some(hand), None));
    }
    assert_eq!(inherited(&hands, true), None);
    assert!(hands.mine().looked.is_some());
}

/// A look costs a system call for each hand, so `take` looks once in a heartbeat, and
/// at once if a task has been given back.
#[test]
fn take_looks_for_the_dead_if_it_has_not_just_looked_and_inherit_in_any_case() {
    let hands = Hands::new().expect("hands");
    let taken = |looked| {
        hands.mine().looked = looked;
        match hands.take(|| true).expect("a lock") {
            Some(Taken::Full(hand)) => Some(hand),
            _ => None,
        }
    };
    let given_back = hands.given_back();
    for (looked, looks) in [
        (None, true),
        (Some((FUTURE, given_back)), false),
        (Some((FUTURE, given_back + 1)), true),
        (Some((Duration::ZERO, given_back)), true),
    ] {
        let hand = filled(&hands, 1, true);
        owner_dies(&hands, hand);
        assert_eq!(taken(looked), looks.then_some(hand), "{looked:?}");
        if !looks {
            assert_eq!(inherited(&hands, true), Some(hand));
        }
        hands.empty(hand);
    }
}

#[test]
fn empty_hands_are_released_when_hands_are_scarce() {
    let hands = Hands::new().expect("hands");
    let hand = filled(&hands, 1, true);
    hands.empty(hand);
    hands.release_empty();
    assert_eq!(hands.mine().empty, [hand]);
    hands.table.known.store(MAX_IN_HAND as u32 / 2, Ordering::Relaxed);
    hands.release_empty();
    let mine = hands.mine();
    assert!(mine.empty.is_empty() && !mine.owned[hand]);
}
