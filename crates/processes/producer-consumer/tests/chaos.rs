//! Producers and consumers at full speed, killed by SIGKILL at any moment.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, Ordering::SeqCst};
use std::time::Duration;

use processes::{Error, Exit, Family, Process, SIGKILL, SharedMemory, scope};
use producer_consumer::{GetError, ProcessQueue};
use serde::{Deserialize, Serialize};

/// How many processes are killed for each size of the queue.
const KILLS: usize = 200;
/// How many producers there are in all: another in the place of each that is killed.
const PRODUCERS: usize = KILLS + 3;
/// How many items each of them puts at most.
const ITEMS: usize = 1 << 16;
/// Longer than anything here takes on a busy machine.
const LONG: Duration = Duration::from_secs(30);

tests::main! {
    no_survivor_is_harmed_with_maxsize_1 => Duration::from_mins(2),
    no_survivor_is_harmed_with_maxsize_10 => Duration::from_mins(2),
    no_survivor_is_harmed_without_maxsize => Duration::from_mins(2),
}

fn no_survivor_is_harmed_with_maxsize_1() -> Result<(), Error> {
    no_survivor_is_harmed(1)
}

fn no_survivor_is_harmed_with_maxsize_10() -> Result<(), Error> {
    no_survivor_is_harmed(10)
}

fn no_survivor_is_harmed_without_maxsize() -> Result<(), Error> {
    no_survivor_is_harmed(0)
}

fn no_survivor_is_harmed(maxsize: usize) -> Result<(), Error> {
    let pipeline = Pipeline::new(maxsize);
    let killed_consumers =
        pipeline.run(&mut shared::seed::announce().rng(&maxsize.to_string()))?;
    pipeline.check(killed_consumers);
    println!(
        "{} of {KILLS} were killed while they held a lock",
        pipeline.queue.deaths()
    );
    Ok(())
}

/// Three producers and three consumers at full speed, and what they have done, in
/// memory that outlives them.
struct Pipeline {
    queue: ProcessQueue<Item>,
    /// How many items each producer has put for certain.
    put: SharedMemory<[AtomicU32; PRODUCERS]>,
    /// Whether the producers are to end; behind it, for each item, how many times it
    /// has been taken.
    end: SharedMemory<AtomicBool>,
}

#[derive(Serialize, Deserialize)]
struct Item {
    producer: usize,
    number: u32,
    /// Of a length and a content that follow from the number, so that a torn record
    /// would be seen.
    padding: Vec<u8>,
}

impl Pipeline {
    fn new(maxsize: usize) -> Self {
        Self {
            queue: ProcessQueue::new(maxsize).unwrap(),
            put: SharedMemory::new([const { AtomicU32::new(0) }; PRODUCERS], 0)
                .unwrap(),
            end: SharedMemory::new(AtomicBool::new(false), PRODUCERS * ITEMS).unwrap(),
        }
    }

    /// Kills one after the other, each at a random moment, and puts another in its
    /// place. How many consumers were killed.
    fn run(&self, random: &mut fastrand::Rng) -> Result<usize, Error> {
        let (mut producers, mut killed_consumers) = (0, 0);
        let mut start = |family: &Family, is_producer: bool| {
            let producer = producers;
            producers += usize::from(is_producer);
            if is_producer {
                family.spawn("producer", || self.produce(producer))
            } else {
                family.spawn("consumer", || self.consume())
            }
        };
        scope(|family| {
            let mut living = Vec::new();
            for is_producer in [true, true, true, false, false, false] {
                living.push((is_producer, start(family, is_producer)?));
            }
            for _ in 0..KILLS {
                let (is_producer, victim) = &mut living[random.usize(..6)];
                victim.join_timeout(Duration::from_micros(random.u64(..3000)))?;
                victim.kill()?;
                // A producer may have put all its items before.
                match victim.join()? {
                    Exit::Killed(SIGKILL) => {
                        killed_consumers += usize::from(!*is_producer);
                    }
                    exit => assert!(*is_producer && exit.is_ok(), "{exit}"),
                }
                *victim = start(family, *is_producer)?;
            }
            self.end.store(true, SeqCst);
            let (producers, consumers): (Vec<_>, Vec<_>) =
                living.into_iter().partition(|(is_producer, _)| *is_producer);
            end_well(&producers)?;
            self.queue.close();
            end_well(&consumers)?;
            Ok(killed_consumers)
        })
    }

    fn produce(&self, producer: usize) {
        for number in 0..ITEMS as u32 {
            if self.end.load(SeqCst) {
                break;
            }
            self.queue
                .put(Item { producer, number, padding: padding(number) })
                .unwrap();
            self.put[producer].store(number + 1, SeqCst);
        }
    }

    fn consume(&self) {
        let mut next = vec![0; PRODUCERS];
        loop {
            let Item { producer, number, padding: bytes } = match self.queue.get() {
                Ok(item) => item,
                Err(error) => return assert_eq!(error, GetError::Closed),
            };
            assert!(
                number >= next[producer] && bytes == padding(number),
                "out of order, or torn"
            );
            next[producer] = number + 1;
            self.taken(producer, number as usize).fetch_add(1, SeqCst);
        }
    }

    /// How many times an item has been taken.
    fn taken(&self, producer: usize, number: usize) -> &AtomicU8 {
        let bytes = self.end.bytes().cast::<AtomicU8>();
        // SAFETY: there are as many bytes as producers times items, all zero in the
        // beginning and used as atomics only.
        unsafe { bytes.add(producer * ITEMS + number).as_ref() }
    }

    fn check(&self, killed_consumers: usize) {
        let mut lost = 0;
        for (producer, put) in self.put.iter().enumerate() {
            let put = put.load(SeqCst) as usize;
            let taken = |number| self.taken(producer, number).load(SeqCst);
            lost += (0..put).filter(|&number| taken(number) == 0).count();
            assert!(
                (0..ITEMS).all(|number| taken(number) <= 1),
                "an item was taken twice"
            );
            // The one that the producer was putting when it was killed is in the queue
            // or it is not.
            assert!(
                (put + 1..ITEMS).all(|number| taken(number) == 0),
                "an item was taken that was never put"
            );
        }
        assert!(self.queue.is_empty());
        assert!(
            lost <= killed_consumers,
            "{lost} items are lost, {killed_consumers} consumers were killed"
        );
    }
}

fn padding(number: u32) -> Vec<u8> {
    vec![number as u8; number as usize % 60]
}

fn end_well(processes: &[(bool, Process)]) -> Result<(), Error> {
    for (_, process) in processes {
        assert_eq!(
            process.join_timeout(LONG)?,
            Some(Exit::Ok),
            "{} hangs or failed",
            process.name()
        );
    }
    Ok(())
}
