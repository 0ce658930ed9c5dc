//! The queue between real processes against a model of it.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use joinable_queue::{GetError, JoinableQueue, PutError, Task};
use processes::{Error, Exit, Family, Process, SIGKILL, scope};
use producer_consumer::ProcessQueue;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestError, TestRunner};
use serde::{Deserialize, Serialize};

const CONSUMERS: usize = 3;

tests::main! {
    it_does_what_a_model_does => Duration::from_mins(5),
}

fn it_does_what_a_model_does() -> Result<(), TestError<(usize, Vec<Step>)>> {
    let config = Config { cases: 60, failure_persistence: None, ..Config::default() };
    let games = (0..6_usize, vec(step(), 0..80));
    let play = |(maxsize, steps): (usize, Vec<Step>)| {
        play(maxsize, &steps).map_err(|error| TestCaseError::fail(error.to_string()))
    };
    TestRunner::new(config).run(&games, play)
}

#[derive(Clone, Debug)]
enum Step {
    Put,
    /// A consumer is told what to do.
    Tell(usize, Order),
    Kill(usize),
    Close,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
enum Order {
    Get,
    /// As one gets in Python: the item alone.
    GetItem,
    TaskDone,
    /// Done is that of its tasks at this place, counted round; or it is dropped.
    Done(usize),
    Drop(usize),
}

/// What a consumer answers.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
enum Answer {
    Got { number: u32, redelivered: bool },
    Empty,
    Closed,
    Finished,
    HasNone,
}

fn step() -> impl Strategy<Value = Step> {
    let order = prop_oneof![
        8 => Just(Order::Get),
        4 => Just(Order::GetItem),
        4 => Just(Order::TaskDone),
        4 => any::<usize>().prop_map(Order::Done),
        2 => any::<usize>().prop_map(Order::Drop),
    ];
    prop_oneof![
        10 => Just(Step::Put),
        20 => (0..CONSUMERS, order).prop_map(|(to, order)| Step::Tell(to, order)),
        2 => (0..CONSUMERS).prop_map(Step::Kill),
        1 => Just(Step::Close),
    ]
}

fn play(maxsize: usize, steps: &[Step]) -> Result<(), Error> {
    let queue = JoinableQueue::new(maxsize).unwrap();
    let mut model = Model { maxsize, ..Model::default() };
    scope(|family| {
        let mut consumers = (0..CONSUMERS)
            .map(|_| Consumer::start(family, &queue))
            .collect::<Result<Vec<_>, _>>()?;
        for step in steps {
            match *step {
                Step::Put => model.put(&queue),
                Step::Tell(number, order) => {
                    model.answered(number, order, &consumers[number].answer(order));
                }
                Step::Kill(number) => {
                    consumers[number].kill()?;
                    consumers[number] = Consumer::start(family, &queue)?;
                    model.killed(number);
                }
                Step::Close => {
                    queue.close();
                    model.closed = true;
                }
            }
            model.check(&queue);
        }
        for (number, consumer) in consumers.iter().enumerate() {
            consumer.kill()?;
            model.killed(number);
        }
        // No process has anything in hand, so all that is unfinished can be got.
        while let Ok(task) = queue.try_get() {
            model.got(*task, task.redelivered());
            task.done();
        }
        assert_eq!((model.unfinished(), queue.join_timeout(Duration::ZERO)), (0, true));
        Ok(())
    })
}

/// A process that does what it is told, and the queues by which it is told and answers.
struct Consumer {
    process: Process,
    orders: ProcessQueue<Order>,
    answers: ProcessQueue<Answer>,
}

impl Consumer {
    fn start(family: &Family, queue: &JoinableQueue<u32>) -> Result<Self, Error> {
        let (orders, answers) =
            (ProcessQueue::new(0).unwrap(), ProcessQueue::new(0).unwrap());
        let process = family.spawn("consumer", || consume(queue, &orders, &answers))?;
        Ok(Self { process, orders, answers })
    }

    fn answer(&self, order: Order) -> Answer {
        self.orders.put(order).unwrap();
        self.answers.get().unwrap()
    }

    fn kill(&self) -> Result<(), Error> {
        self.process.kill()?;
        assert_eq!(self.process.join()?, Exit::Killed(SIGKILL));
        Ok(())
    }
}

fn consume(
    queue: &JoinableQueue<u32>,
    orders: &ProcessQueue<Order>,
    answers: &ProcessQueue<Answer>,
) {
    let mut tasks = Vec::new();
    while let Ok(order) = orders.get() {
        answers.put(obey(order, queue, &mut tasks)).unwrap();
    }
}

fn obey<'q>(
    order: Order,
    queue: &'q JoinableQueue<u32>,
    tasks: &mut Vec<Task<'q, u32>>,
) -> Answer {
    match order {
        Order::Get | Order::GetItem => match queue.try_get() {
            Ok(task) => {
                let answer =
                    Answer::Got { number: *task, redelivered: task.redelivered() };
                if matches!(order, Order::Get) {
                    tasks.push(task);
                } else {
                    task.into_item();
                }
                answer
            }
            Err(GetError::Empty) => Answer::Empty,
            Err(GetError::Closed) => Answer::Closed,
            Err(error) => panic!("{error}"),
        },
        Order::TaskDone => {
            queue.task_done().map_or(Answer::HasNone, |()| Answer::Finished)
        }
        Order::Done(_) | Order::Drop(_) if tasks.is_empty() => Answer::HasNone,
        Order::Done(at) => {
            tasks.remove(at % tasks.len()).done();
            Answer::Finished
        }
        Order::Drop(at) => {
            drop(tasks.remove(at % tasks.len()));
            Answer::Finished
        }
    }
}

/// What must be true of the queue.
#[derive(Default)]
struct Model {
    maxsize: usize,
    next: u32,
    closed: bool,
    waiting: VecDeque<u32>,
    /// Left by the dead, or given back by the living, for the next that gets one.
    left: BTreeSet<u32>,
    hands: [InHand; CONSUMERS],
}

/// What one consumer has in hand.
#[derive(Default)]
struct InHand {
    tasks: Vec<u32>,
    items: VecDeque<u32>,
    /// It has heard since it last looked that a task has been given back, so it
    /// looks before it gets a new one. It may be a moment before it looks for tasks of
    /// the dead.
    looks: bool,
}

impl Model {
    fn put(&mut self, queue: &JoinableQueue<u32>) {
        let full = self.maxsize > 0 && self.waiting.len() == self.maxsize;
        match queue.try_put(self.next) {
            Ok(()) => {
                assert!(!full && !self.closed);
                self.waiting.push_back(self.next);
            }
            Err(PutError::Closed(item)) => assert!(self.closed && item == self.next),
            Err(PutError::Full(item)) => {
                assert!(full && !self.closed && item == self.next);
            }
            Err(error) => panic!("{error}"),
        }
        self.next += 1;
    }

    fn answered(&mut self, consumer: usize, order: Order, answer: &Answer) {
        let count = self.hands[consumer].tasks.len();
        match (order, answer) {
            (Order::Get | Order::GetItem, &Answer::Got { number, redelivered }) => {
                assert!(
                    redelivered || self.left.is_empty() || !self.hands[consumer].looks
                );
                self.got(number, redelivered);
                let hand = &mut self.hands[consumer];
                hand.looks &= redelivered;
                if matches!(order, Order::Get) {
                    hand.tasks.push(number);
                } else {
                    hand.items.push_back(number);
                }
            }
            (Order::Get | Order::GetItem, answer) => {
                assert!(self.waiting.is_empty() && self.left.is_empty());
                let comes_no_more = self.unfinished() == self.hands[consumer].count();
                assert_eq!(
                    *answer,
                    if self.closed && comes_no_more {
                        Answer::Closed
                    } else {
                        Answer::Empty
                    }
                );
                self.hands[consumer].looks = false;
            }
            (Order::TaskDone, answer) => {
                let first = self.hands[consumer].items.pop_front();
                assert_eq!(
                    *answer,
                    if first.is_some() { Answer::Finished } else { Answer::HasNone }
                );
            }
            (Order::Done(_) | Order::Drop(_), answer) if count == 0 => {
                assert_eq!(*answer, Answer::HasNone);
            }
            (Order::Done(at), _) => _ = self.hands[consumer].tasks.remove(at % count),
            (Order::Drop(at), _) => {
                self.left.insert(self.hands[consumer].tasks.remove(at % count));
                self.hands.iter_mut().for_each(|hand| hand.looks = true);
            }
        }
    }

    fn got(&mut self, number: u32, redelivered: bool) {
        if redelivered {
            assert!(self.left.remove(&number), "{number} was in no hand");
        } else {
            assert_eq!(self.waiting.pop_front(), Some(number));
        }
    }

    fn killed(&mut self, consumer: usize) {
        let hand = std::mem::take(&mut self.hands[consumer]);
        self.left.extend(hand.tasks);
        self.left.extend(hand.items);
        // The process that takes its place has not looked yet.
        self.hands[consumer].looks = true;
    }

    fn check(&self, queue: &JoinableQueue<u32>) {
        assert_eq!(
            (queue.len(), queue.unfinished()),
            (self.waiting.len(), self.unfinished())
        );
        assert_eq!(queue.join_timeout(Duration::ZERO), self.unfinished() == 0);
    }

    fn unfinished(&self) -> usize {
        self.waiting.len()
            + self.left.len()
            + self.hands.iter().map(InHand::count).sum::<usize>()
    }
}

impl InHand {
    fn count(&self) -> usize {
        self.tasks.len() + self.items.len()
    }
}
