//! Coroutines that sleep, a second at a time, until all of them do.

use std::io;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64};
use std::time::{Duration, Instant};

use shared::pace;

use super::memory;

/// How long they wait for the last one to fall asleep.
const PATIENCE: Duration = Duration::from_secs(3);

/// A number of coroutines, or threads, that sleep until all of them do.
#[derive(Debug)]
pub struct Sleepers {
    all: u32,
    begin: Instant,
    resident_before: u64,
    resident: AtomicU64,
    asleep: AtomicU32,
    most: AtomicU32,
    sleeps: AtomicU32,
    are_all: AtomicBool,
}

/// What was seen of the sleepers.
#[derive(Clone, Copy, Debug)]
pub struct Seen {
    /// How many slept at the same time, at most.
    pub most: u32,
    /// The memory of each in bytes, once all slept.
    pub bytes_each: f64,
    /// The time since the beginning, in note-seconds.
    pub time: f64,
    /// How long all sleeps would take one after the other, in note-seconds.
    pub serial: f64,
}

/// A sleeper counts as asleep until this is dropped.
#[derive(Debug)]
pub struct Asleep<'a> {
    sleepers: &'a Sleepers,
    has_slept: bool,
}

impl Sleepers {
    /// So many sleepers, none of which sleeps yet.
    ///
    /// # Errors
    /// If the memory of this process cannot be measured.
    pub fn new(all: u32) -> io::Result<Self> {
        Ok(Self {
            all,
            begin: Instant::now(),
            resident_before: memory::resident()?,
            resident: AtomicU64::new(0),
            asleep: AtomicU32::new(0),
            most: AtomicU32::new(0),
            sleeps: AtomicU32::new(0),
            are_all: AtomicBool::new(false),
        })
    }

    /// How many sleepers there are.
    pub fn all(&self) -> u32 {
        self.all
    }

    /// A sleeper goes to sleep. The last one measures the memory of all.
    ///
    /// # Errors
    /// If it cannot be measured.
    pub fn begin(&self) -> io::Result<Asleep<'_>> {
        let asleep = self.asleep.fetch_add(1, Relaxed) + 1;
        self.most.fetch_max(asleep, Relaxed);
        if asleep == self.all {
            self.resident.store(memory::resident()?, Relaxed);
            self.are_all.store(true, Relaxed);
        }
        Ok(Asleep { sleepers: self, has_slept: false })
    }

    /// What was seen so far.
    pub fn seen(&self) -> Seen {
        let bytes = self.resident.load(Relaxed).saturating_sub(self.resident_before);
        Seen {
            most: self.most.load(Relaxed),
            bytes_each: bytes as f64 / f64::from(self.all),
            time: pace::note_secs(self.begin.elapsed()),
            serial: f64::from(self.sleeps.load(Relaxed)),
        }
    }
}

impl Asleep<'_> {
    /// Whether the sleeper is to sleep for a second more: until all are asleep, at
    /// least once, and not for longer than three seconds of the clock.
    pub fn sleeps_on(&mut self) -> bool {
        let Sleepers { are_all, begin, sleeps, .. } = self.sleepers;
        let have_all_slept = self.has_slept && are_all.load(Relaxed);
        self.has_slept = true;
        let sleeps_on = !have_all_slept && begin.elapsed() < PATIENCE;
        sleeps.fetch_add(u32::from(sleeps_on), Relaxed);
        sleeps_on
    }
}

impl Drop for Asleep<'_> {
    fn drop(&mut self) {
        self.sleepers.asleep.fetch_sub(1, Relaxed);
    }
}
