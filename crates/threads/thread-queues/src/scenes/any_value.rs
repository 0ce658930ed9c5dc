//! N2.23: a queue takes any value: a set, a text, a number, a tuple.

use std::any::Any;
use std::collections::BTreeSet;

use shared::{Result, claim, say};
use thread_queues::{LifoQueue, PriorityQueue, Queue};

/// The values that this program puts. The compiler checks that each kind is handled.
#[derive(Debug, PartialEq)]
enum Value {
    Set(BTreeSet<i32>),
    Text(&'static str),
}

/// A value of any type; only a get that knows the type can use it.
type AnyValue = Box<dyn Any + Send + Sync>;

pub fn play() -> Result {
    let q = Queue::new(0);
    q.put(Value::Set([1, 2, 3].into()))?;
    q.try_put(Value::Text("abc"))?;
    let got = [q.try_get()?, q.get()?];
    for value in &got {
        match value {
            Value::Set(numbers) => say!("{numbers:?}"),
            Value::Text(text) => say!("{text}"),
        }
    }
    claim!(
        got == [Value::Set([1, 2, 3].into()), Value::Text("abc")],
        "the queue gave the set and then the text"
    );

    let lfq: LifoQueue<AnyValue> = LifoQueue::new(0);
    lfq.put(Box::new(1))?;
    lfq.put(Box::new("abc"))?;
    lfq.put(Box::new(BTreeSet::from(['1', '2'])))?;
    let kinds: Vec<_> = lfq.drain().map(|value| kind_of(&value)).collect();
    say!("{}", kinds.join(", "));
    claim!(
        kinds == ["a set", "a text", "a number"],
        "the stack gave three values of three types, the last one first"
    );

    let pq = PriorityQueue::new(0);
    for item in [(3, "fds"), (2, "fdsa"), (1, "fdsa"), (4, "fds")] {
        pq.put(item)?;
    }
    let got: Vec<_> = pq.drain().collect();
    for (number, text) in &got {
        say!("({number}, '{text}')");
    }
    claim!(
        got == [(1, "fdsa"), (2, "fdsa"), (3, "fds"), (4, "fds")],
        "the priority queue gave the four tuples in the order of their numbers"
    );
    Ok(())
}

/// What Python does at run time for each value: it looks at the type.
fn kind_of(value: &AnyValue) -> &'static str {
    if value.is::<i32>() {
        "a number"
    } else if value.is::<&str>() {
        "a text"
    } else if value.is::<BTreeSet<char>>() {
        "a set"
    } else {
        "something else"
    }
}
