//! N2.12: three producers and four consumers pass 10,000 items, each of them once.

use std::sync::atomic::{AtomicU32, Ordering::SeqCst};

use processes::SharedMemory;
use producer_consumer::ProcessQueue;
use shared::{Result, claim, say};

const ITEMS: u32 = 10_000;
const PRODUCERS: u32 = 3;
const CONSUMERS: usize = 4;

/// A number, and so much luggage that the processes spend their time in the queue, and
/// meet there.
type Item = (u32, String);

pub fn play() -> Result {
    let (items, report) = (ProcessQueue::new(100)?, ProcessQueue::new(CONSUMERS)?);
    let producers = SharedMemory::new(AtomicU32::new(PRODUCERS), 0)?;
    processes::scope(|family| {
        for number in 0..CONSUMERS {
            family.spawn(&format!("consumer-{number}"), || consume(&items, &report))?;
        }
        for number in 0..PRODUCERS {
            family.spawn(&format!("producer-{number}"), || {
                produce(number, &items, &producers)
            })?;
        }
        family.join()?;

        let got: Vec<Vec<u32>> = report.drain().collect::<Result<_, _>>()?;
        claim!(
            got.iter().all(|items| in_order(items)),
            "each consumer got the items of any one producer in their order"
        );
        let mut all = got.concat();
        say!("{} items have arrived", all.len());
        all.sort_unstable();
        claim!(all.into_iter().eq(0..ITEMS), "each of the {ITEMS} items arrived once");
        Ok(())
    })
}

/// Puts every third item: 0, 3, 6 … or 1, 4, 7 … or 2, 5, 8 ….
fn produce(number: u32, items: &ProcessQueue<Item>, producers: &AtomicU32) -> Result {
    for item in (number..ITEMS).step_by(PRODUCERS as usize) {
        items.put((item, "#".repeat(4000)))?;
    }
    say!("producer-{number} is done");
    // The last producer closes the queue, so none of them needs to know how many
    // consumers there are.
    if producers.fetch_sub(1, SeqCst) == 1 {
        items.close();
    }
    Ok(())
}

fn consume(items: &ProcessQueue<Item>, report: &ProcessQueue<Vec<u32>>) -> Result {
    let got = items.iter().map(|item| Ok(item?.0)).collect::<Result<_>>()?;
    report.put(got)?;
    Ok(())
}

fn in_order(items: &[u32]) -> bool {
    (0..PRODUCERS).all(|number| {
        items.iter().filter(|&item| item % PRODUCERS == number).is_sorted()
    })
}
