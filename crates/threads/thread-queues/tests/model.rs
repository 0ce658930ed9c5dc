//! Any sequence of calls in one thread, against a list that is searched for the next
//! item.

use std::time::Duration;

use proptest::prelude::*;
use thread_queues::{
    BlockingQueue, Fifo, GetError, Lifo, Prioritized, PutError, SmallestFirst, Storage,
    TooManyDone,
};

/// An item; of all items of a sequence no two have the same number.
type Item = Prioritized<u8, usize>;

/// Which of the items comes out next.
type Next = fn(&[Item]) -> Option<usize>;

#[derive(Clone, Copy, Debug)]
enum Step {
    Put(u8),
    PutTimeout(u8),
    TryPut(u8),
    Get,
    GetTimeout,
    TryGet,
    TaskDone,
    Shutdown(bool),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let priority = || 0_u8..4;
    let step = prop_oneof![
        6 => priority().prop_map(Step::Put),
        2 => priority().prop_map(Step::PutTimeout),
        4 => priority().prop_map(Step::TryPut),
        4 => Just(Step::Get),
        2 => Just(Step::GetTimeout),
        4 => Just(Step::TryGet),
        4 => Just(Step::TaskDone),
        1 => any::<bool>().prop_map(Step::Shutdown),
    ];
    prop::collection::vec(step, 0..100)
}

fn by_number(item: &Item) -> (u8, usize) {
    (item.priority, item.item)
}

/// Plays the steps. A call that would wait is left out.
fn check<S: Storage<Item = Item>>(
    maxsize: usize,
    steps: Vec<Step>,
    next: Next,
) -> Result<(), TestCaseError> {
    let queue = BlockingQueue::<S>::new(maxsize);
    let (mut items, mut unfinished, mut is_shut_down) = (Vec::new(), 0, false);
    for (number, step) in steps.into_iter().enumerate() {
        let is_full = maxsize > 0 && items.len() == maxsize;
        match step {
            Step::Put(priority)
            | Step::PutTimeout(priority)
            | Step::TryPut(priority) => {
                let item = Prioritized { priority, item: number };
                let put = match step {
                    Step::Put(_) if is_full && !is_shut_down => continue,
                    Step::Put(_) => queue.put(item),
                    Step::PutTimeout(_) => queue.put_timeout(item, Duration::ZERO),
                    _ => queue.try_put(item),
                };
                // Handed back is the item itself, and not only one that is equal.
                let put = put.map_err(|error| match error {
                    PutError::Full(item) => ("full", item.item),
                    PutError::ShutDown(item) => ("shut down", item.item),
                });
                let expected = if is_shut_down {
                    Err(("shut down", number))
                } else if is_full {
                    Err(("full", number))
                } else {
                    items.push(item);
                    unfinished += 1;
                    Ok(())
                };
                prop_assert_eq!(put, expected);
            }
            Step::Get | Step::GetTimeout | Step::TryGet => {
                let got = match step {
                    Step::Get if items.is_empty() && !is_shut_down => continue,
                    Step::Get => queue.get(),
                    Step::GetTimeout => queue.get_timeout(Duration::ZERO),
                    _ => queue.try_get(),
                };
                let expected = match next(&items) {
                    Some(place) => Ok(by_number(&items.remove(place))),
                    None if is_shut_down => Err(GetError::ShutDown),
                    None => Err(GetError::Empty),
                };
                prop_assert_eq!(got.as_ref().map(by_number).map_err(|e| *e), expected);
            }
            Step::TaskDone => {
                let expected = if unfinished > 0 { Ok(()) } else { Err(TooManyDone) };
                prop_assert_eq!(queue.task_done(), expected);
                unfinished = usize::saturating_sub(unfinished, 1);
            }
            Step::Shutdown(immediate) => {
                let left = queue.shutdown(immediate);
                is_shut_down = true;
                let mut expected = Vec::new();
                while let Some(place) = next(&items).filter(|_| immediate) {
                    expected.push(by_number(&items.remove(place)));
                }
                unfinished = usize::saturating_sub(unfinished, expected.len());
                prop_assert_eq!(
                    left.iter().map(by_number).collect::<Vec<_>>(),
                    expected
                );
            }
        }
        prop_assert_eq!(queue.len(), items.len());
        prop_assert_eq!(queue.is_empty(), items.is_empty());
        prop_assert_eq!(queue.is_full(), maxsize > 0 && items.len() == maxsize);
        prop_assert_eq!(queue.unfinished(), unfinished);
        prop_assert_eq!(queue.is_shutdown(), is_shut_down);
        prop_assert_eq!(queue.join_timeout(Duration::ZERO), unfinished == 0);
    }
    prop_assert_eq!(queue.maxsize(), maxsize);
    Ok(())
}

proptest! {
    #[test]
    fn a_queue_is_a_list_whose_first_item_is_next(
        maxsize in 0_usize..4,
        steps in steps(),
    ) {
        check::<Fifo<Item>>(maxsize, steps, |items| (!items.is_empty()).then_some(0))?;
    }

    #[test]
    fn a_stack_is_a_list_whose_last_item_is_next(
        maxsize in 0_usize..4,
        steps in steps(),
    ) {
        check::<Lifo<Item>>(maxsize, steps, |items| items.len().checked_sub(1))?;
    }

    #[test]
    fn of_a_priority_queue_the_first_of_the_smallest_is_next(
        maxsize in 0_usize..4,
        steps in steps(),
    ) {
        check::<SmallestFirst<Item>>(maxsize, steps, |items| {
            let smallest = items.iter().map(|item| item.priority).min()?;
            items.iter().position(|item| item.priority == smallest)
        })?;
    }
}
