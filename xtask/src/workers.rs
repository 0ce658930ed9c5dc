//! Work shared by threads, and what they tell of it meanwhile.

use std::collections::VecDeque;
use std::sync::mpsc::{self, Sender};
use std::sync::{Mutex, PoisonError};

use anyhow::{Result, bail};

use crate::supervise::{Interrupted, interrupted};

/// Has each worker take one item after the other, on a thread of its own, until none is
/// left. What the workers send is given to `happened`, on the caller's thread.
///
/// Ctrl-C ends it with [`Interrupted`], and a worker's error with that error; the
/// others finish their item and take no more.
pub fn share<T: Send, E: Send, W>(
    items: impl IntoIterator<Item = T>,
    workers: impl IntoIterator<Item = W>,
    mut happened: impl FnMut(E),
) -> Result<()>
where
    W: FnMut(T, &Sender<E>) -> Result<()> + Send,
{
    let queue: Mutex<VecDeque<T>> = Mutex::new(items.into_iter().collect());
    // Nothing panics while the lock is held.
    let lock = || queue.lock().unwrap_or_else(PoisonError::into_inner);
    let next = || if interrupted() { None } else { lock().pop_front() };
    let (events, received) = mpsc::channel();
    std::thread::scope(|scope| {
        let threads: Vec<_> = workers
            .into_iter()
            .map(|mut work| {
                let (events, next, lock) = (events.clone(), &next, &lock);
                scope.spawn(move || {
                    while let Some(item) = next() {
                        work(item, &events).inspect_err(|_| lock().clear())?;
                    }
                    Ok(())
                })
            })
            .collect();
        drop(events);
        received.into_iter().for_each(&mut happened);
        threads.into_iter().try_for_each(|thread| {
            thread.join().unwrap_or_else(|_| bail!("a worker panicked"))
        })
    })?;
    if interrupted() {
        bail!(Interrupted);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_item_is_taken_once() {
        let mut told = Vec::new();
        let work = |item: u32, events: &Sender<u32>| Ok(events.send(item)?);
        share(0..100, [work; 3], |item| told.push(item)).expect("no error");
        told.sort_unstable();
        assert!(told.into_iter().eq(0..100));
    }

    #[test]
    fn an_error_ends_the_work() {
        let mut told = 0;
        let work = |item: u32, events: &Sender<u32>| {
            if item == 3 {
                bail!("no {item}");
            }
            Ok(events.send(item)?)
        };
        let error = share(0..1_000, [work], |_| told += 1).expect_err("no 3");
        assert_eq!((error.to_string().as_str(), told), ("no 3", 3));
    }
}
