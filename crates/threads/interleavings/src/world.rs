//! The state of one run of the program, as far as the explorer knows it: what each
//! thread is about to do, and whether it can.

use std::time::Duration;

use crate::op::{Candidate, Needs, Op, Wait};
use crate::report::{Stand, WaitsFor};
use crate::schedule::{Effect, Place, Step};

/// After so many steps in a row that have seen the same and changed nothing, a thread
/// gives way: it polls until another thread changes something.
const POLLS: u32 = 10;

/// What the explorer knows of one run.
#[derive(Default)]
pub(crate) struct World {
    threads: Vec<Thread>,
    running: usize,
    steps: Vec<Step>,
    held: Vec<Held>,
    /// The panics that no thread has taken from a handle, and whose they are.
    panics: Vec<(usize, String)>,
    now: Duration,
    /// Counts the steps of all runs.
    beats: u64,
}

struct Thread {
    name: String,
    state: State,
    /// The operation that it called last.
    place: Option<Place>,
    /// Whether it was unparked and has not parked since.
    token: bool,
    timed_out: bool,
    last: Option<(Place, Effect)>,
    polls: u32,
    /// Whether a wait of it has timed out since another thread has changed something.
    waited_in_vain: bool,
}

#[derive(Clone, Copy)]
enum State {
    /// Runs code of its own that comes before its next step, or is to run it.
    Active,
    /// Is about to take a step.
    Ready(Op, Needs),
    /// Cannot take a step before something has happened.
    Blocked(Wait),
    Ended,
}

/// A lock, and the thread that has taken it.
struct Held {
    lock: usize,
    thread: usize,
    place: Place,
}

impl World {
    /// Forgets the last run.
    pub(crate) fn begin(&mut self) {
        *self = Self { beats: self.beats, ..Self::default() };
    }

    pub(crate) fn beats(&self) -> u64 {
        self.beats
    }

    pub(crate) fn add(&mut self, name: Option<String>, lives: bool) -> usize {
        let number = self.threads.len();
        self.threads.push(Thread {
            name: name.unwrap_or_else(|| format!("thread {number}")),
            state: if lives { State::Active } else { State::Ended },
            place: None,
            token: false,
            timed_out: false,
            last: None,
            polls: 0,
            waited_in_vain: false,
        });
        number
    }

    pub(crate) fn running(&self) -> usize {
        self.running
    }

    pub(crate) fn name(&self, thread: usize) -> &str {
        &self.threads[thread].name
    }

    fn current(&mut self) -> &mut Thread {
        &mut self.threads[self.running]
    }

    // What the running thread says.

    /// The running thread is about to take a step.
    pub(crate) fn announce(&mut self, op: Op, needs: Needs, place: Place) {
        let thread = self.current();
        thread.place = Some(place);
        thread.state = State::Ready(op, needs);
    }

    /// The running thread cannot go on. Returns whether it has to wait at all.
    pub(crate) fn block(&mut self, wait: Wait, place: Place) -> bool {
        if let Wait::End(other) = wait
            && self.has_ended(other)
        {
            return false;
        }
        let thread = self.current();
        thread.place = Some(place);
        thread.state = State::Blocked(wait);
        true
    }

    /// The running thread has taken a step.
    pub(crate) fn did(&mut self, place: Place, effect: Effect) {
        self.beats += 1;
        let number = self.running;
        self.steps.push(Step { thread: number, place, effect });
        for (other, thread) in self.threads.iter_mut().enumerate() {
            if other == number {
                let same = effect.is_idle() && thread.last == Some((place, effect));
                thread.polls = if same { thread.polls + 1 } else { 0 };
                thread.last = Some((place, effect));
                thread.waited_in_vain |= effect == Effect::TimesOut;
            } else {
                if !effect.is_idle() {
                    thread.polls = 0;
                    thread.waited_in_vain = false;
                }
                if let State::Blocked(Wait::Turn) = thread.state {
                    thread.state = State::Active;
                }
            }
        }
    }

    /// The running thread has taken a lock.
    pub(crate) fn took(&mut self, lock: usize, place: Place) {
        self.held.push(Held { lock, thread: self.running, place });
    }

    /// Where the lock was taken that the running thread releases.
    pub(crate) fn taken_at(&self, lock: usize) -> Option<Place> {
        self.index_of(lock).map(|index| self.held[index].place)
    }

    /// The running thread has released a lock.
    pub(crate) fn gave_back(&mut self, lock: usize) {
        if let Some(index) = self.index_of(lock) {
            self.held.remove(index);
        }
    }

    fn index_of(&self, lock: usize) -> Option<usize> {
        let holds = |held: &Held| held.lock == lock && held.thread == self.running;
        self.held.iter().rposition(holds)
    }

    /// For whom a lock is free now.
    pub(crate) fn set_free(&mut self, lock: usize, for_readers: bool, for_all: bool) {
        for thread in &mut self.threads {
            if let State::Ready(op, needs) = &mut thread.state
                && op.lock() == lock
            {
                match needs {
                    Needs::Shared(free) => *free = for_readers,
                    Needs::Exclusive(free) => *free = for_all,
                    Needs::Nothing | Needs::Token => {}
                }
            }
        }
    }

    /// Wakes the threads that have waited longest; returns how many.
    pub(crate) fn notify(&mut self, condvar: usize, most: usize) -> usize {
        // They are found in the order of their numbers, which is that of their
        // spawning; the order of their waiting is that of their last steps.
        let mut waiting: Vec<(usize, usize)> = (0..self.threads.len())
            .filter(|&number| {
                matches!(
                    self.threads[number].state,
                    State::Blocked(Wait::Notification { condvar: it, .. })
                        if it == condvar
                )
            })
            .map(|number| {
                let since = self.steps.iter().rposition(|step| step.thread == number);
                (since.unwrap_or(0), number)
            })
            .collect();
        waiting.sort_unstable();
        waiting.truncate(most);
        for &(_, number) in &waiting {
            self.threads[number].state = State::Active;
        }
        waiting.len()
    }

    pub(crate) fn unpark(&mut self, thread: usize) {
        self.threads[thread].token = true;
    }

    /// The running thread uses its token; whether it had one.
    pub(crate) fn take_token(&mut self) -> bool {
        std::mem::take(&mut self.current().token)
    }

    /// Whether the wait of the running thread has just timed out.
    pub(crate) fn take_time_out(&mut self) -> bool {
        std::mem::take(&mut self.current().timed_out)
    }

    pub(crate) fn panicked(&mut self, message: String) {
        self.panics.push((self.running, message));
    }

    /// Forgets the panic of a thread: another has taken it from its handle.
    pub(crate) fn take_panic(&mut self, thread: usize) {
        self.panics.retain(|(number, _)| *number != thread);
    }

    /// Whether a thread has panicked, and no other has taken that from its handle.
    pub(crate) fn has_panicked(&self, thread: usize) -> bool {
        self.panics.iter().any(|(number, _)| *number == thread)
    }

    pub(crate) fn has_ended(&self, thread: usize) -> bool {
        matches!(self.threads[thread].state, State::Ended)
    }

    pub(crate) fn now(&self) -> Duration {
        self.now
    }

    // What the scheduler asks and says.

    /// A thread that has to run until its next step.
    pub(crate) fn next_active(&self) -> Option<usize> {
        self.threads.iter().position(|it| matches!(it.state, State::Active))
    }

    /// The thread runs from now on. If it was waiting for a notification, its time is
    /// up.
    pub(crate) fn run(&mut self, number: usize) {
        self.running = number;
        let thread = self.current();
        thread.timed_out = matches!(thread.state, State::Blocked(_));
        thread.state = State::Active;
    }

    /// The thread that has run has ended.
    pub(crate) fn end(&mut self) {
        let ended = self.running;
        self.current().state = State::Ended;
        for thread in &mut self.threads {
            if matches!(thread.state, State::Blocked(Wait::End(it)) if it == ended) {
                thread.state = State::Active;
            }
        }
    }

    /// Lists the steps that are possible. A thread that polls has none while another
    /// one has.
    pub(crate) fn candidates(&self, found: &mut Vec<Candidate>) {
        found.clear();
        let polls = |candidate: &Candidate| {
            let thread = &self.threads[candidate.thread];
            let waits = matches!(thread.state, State::Blocked(_));
            thread.polls >= POLLS || (waits && thread.waited_in_vain)
        };
        found.extend((0..self.threads.len()).filter_map(|it| self.candidate(it)));
        if !found.iter().all(polls) {
            found.retain(|candidate| !polls(candidate));
        }
    }

    fn candidate(&self, number: usize) -> Option<Candidate> {
        let thread = &self.threads[number];
        let op = match thread.state {
            State::Ready(
                op,
                Needs::Nothing | Needs::Shared(true) | Needs::Exclusive(true),
            ) => op,
            State::Ready(op, Needs::Token) if thread.token => op,
            State::Blocked(Wait::Notification { condvar, times_out: true }) => {
                Op::write(condvar)
            }
            _ => return None,
        };
        Some(Candidate { thread: number, place: thread.place?, op })
    }

    /// If no step is possible: lets the threads go on that have given way, or else
    /// those that sleep, by setting the clock to the end of the shortest sleep.
    pub(crate) fn wake_idle(&mut self) -> bool {
        let until = |thread: &Thread| match thread.state {
            State::Blocked(Wait::Turn) => Some(Duration::ZERO),
            State::Blocked(Wait::Until(time)) => Some(time),
            _ => None,
        };
        let Some(first) = self.threads.iter().filter_map(until).min() else {
            return false;
        };
        for thread in &mut self.threads {
            if until(thread) == Some(first) {
                thread.state = State::Active;
            }
        }
        self.now = self.now.max(first);
        true
    }

    pub(crate) fn steps(&self) -> &[Step] {
        &self.steps
    }

    pub(crate) fn names(&self) -> Vec<String> {
        self.threads.iter().map(|thread| thread.name.clone()).collect()
    }

    /// The first panic that no thread has taken from a handle.
    pub(crate) fn first_panic(&self) -> Option<&str> {
        self.panics.first().map(|(_, message)| message.as_str())
    }

    /// Where the threads stand that have not ended; last those that only wait for the
    /// end of another one.
    pub(crate) fn stands(&self) -> Vec<Stand> {
        let alive = (0..self.threads.len()).filter(|&number| !self.has_ended(number));
        let mut stands: Vec<Stand> = alive.map(|number| self.stand(number)).collect();
        stands.sort_by_key(|stand| matches!(stand.waits_for, WaitsFor::End(_)));
        stands
    }

    /// Where a thread stands.
    pub(crate) fn stand(&self, number: usize) -> Stand {
        let thread = &self.threads[number];
        let waits_for = match thread.state {
            State::Ready(op, Needs::Shared(false) | Needs::Exclusive(false)) => {
                let held = self.held.iter().find(|held| held.lock == op.lock());
                WaitsFor::Lock(
                    held.map(|held| (self.name(held.thread).to_owned(), held.place)),
                )
            }
            State::Ready(_, Needs::Token) if !thread.token => WaitsFor::Token,
            State::Blocked(Wait::Notification { .. }) => WaitsFor::Notification,
            State::Blocked(Wait::End(other)) => {
                WaitsFor::End(self.name(other).to_owned())
            }
            State::Blocked(Wait::Until(_)) => WaitsFor::Time,
            _ => WaitsFor::Nothing,
        };
        Stand { thread: thread.name.clone(), place: thread.place, waits_for }
    }
}
