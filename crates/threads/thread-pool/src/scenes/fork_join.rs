//! N5.10: a sum by halves: a thread that runs out of work steals a half from another.

use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread;

use shared::{Result, claim, say};
use thread_pool::ThreadPool;

const NUMBERS: u64 = 1 << 20;
const LEAF: usize = 1 << 10;

pub fn play() -> Result {
    let pool = ThreadPool::new(2)?;
    let numbers: Vec<u64> = (1..=NUMBERS).collect();
    let joins = AtomicUsize::new(0);
    let (left, right) = numbers.split_at(numbers.len() / 2);
    // The halves wait for each other, so one of them has to be stolen.
    let both = Barrier::new(2);
    let half = |numbers| {
        both.wait();
        (sum(&pool, numbers, &joins), thread::current().id())
    };
    let ((left, left_id), (right, right_id)) = pool.join(|| half(left), || half(right));

    let joins = joins.into_inner() + 1;
    let stolen = pool.stolen();
    say!("sum: {}", left + right);
    say!("joins: {joins}");
    say!("stolen halves: {stolen}");
    claim!(
        left + right == NUMBERS * (NUMBERS + 1) / 2,
        "the halves add up to the sum of the numbers from 1 to 1,048,576"
    );
    claim!(left_id != right_id, "the two halves were added up by two threads");
    claim!(
        0 < stolen && stolen < joins / 4,
        "halves were stolen, but fewer than a quarter of all"
    );
    Ok(())
}

fn sum(pool: &ThreadPool, numbers: &[u64], joins: &AtomicUsize) -> u64 {
    if numbers.len() <= LEAF {
        return numbers.iter().sum();
    }
    joins.fetch_add(1, Relaxed);
    let (left, right) = numbers.split_at(numbers.len() / 2);
    // Both borrow from here. The second one waits in a deque of this thread: either
    // this thread takes it back, or a thief takes it from the other end.
    let (left, right) =
        pool.join(|| sum(pool, left, joins), || sum(pool, right, joins));
    left + right
}
