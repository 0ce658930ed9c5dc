//! N2.12: three producers and four consumers pass ten thousand items, each of them once.

use processes::Process;
use producer_consumer::ProcessQueue;
use shared::{Result, claim, say};

const ITEMS: u32 = 10_000;
const PRODUCERS: u32 = 3;
const CONSUMERS: usize = 4;

pub fn play() -> Result {
    let (items, report) = (ProcessQueue::new(100)?, ProcessQueue::new(CONSUMERS)?);
    processes::scope(|family| {
        let producers: Vec<Process> = (0..PRODUCERS)
            .map(|number| family.spawn(&format!("producer-{number}"), || produce(number, &items)))
            .collect::<Result<_, _>>()?;
        for number in 0..CONSUMERS {
            family.spawn(&format!("consumer-{number}"), || consume(&items, &report))?;
        }
        for producer in producers {
            claim!(producer.join()?.is_ok(), "{} has put all its items", producer.name());
        }
        // Stop values would do as well; but a queue that knows its end needs no one to know how many consumers there are.
        items.close();
        family.join()?;

        let got: Vec<Vec<u32>> = std::iter::from_fn(|| report.try_get().ok()).collect();
        claim!(got.len() == CONSUMERS, "all {CONSUMERS} consumers have ended");
        claim!(
            got.iter().all(|items| in_order(items)),
            "each has got the items of each producer in their order"
        );
        let mut all = got.concat();
        say!("{} items have arrived", all.len());
        all.sort_unstable();
        claim!(all.into_iter().eq(0..ITEMS), "every item has arrived, and none twice");
        Ok(())
    })
}

/// Puts every third item: 0, 3, 6 … or 1, 4, 7 … or 2, 5, 8 ….
fn produce(number: u32, items: &ProcessQueue<u32>) -> Result {
    for item in (number..ITEMS).step_by(PRODUCERS as usize) {
        items.put(item)?;
    }
    say!("producer-{number} is done");
    Ok(())
}

fn consume(items: &ProcessQueue<u32>, report: &ProcessQueue<Vec<u32>>) -> Result {
    report.put(std::iter::from_fn(|| items.get().ok()).collect())?;
    Ok(())
}

fn in_order(items: &[u32]) -> bool {
    (0..PRODUCERS).all(|number| items.iter().filter(|&item| item % PRODUCERS == number).is_sorted())
}
