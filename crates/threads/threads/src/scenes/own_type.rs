//! N2.16, N5.3: a thread type of one's own; main prints first, since the thread sleeps.

use std::sync::PoisonError;

use interleavings::sync::Mutex;
use interleavings::{Limits, Report, explore, thread};
use shared::{Result, claim, pace, say};

/// The note inherits from Thread and overrides `run`. Here it is a type with a method,
/// and the thread is started with that method.
struct MyThread {
    name: String,
}

impl MyThread {
    fn run(self) -> String {
        pace::sleep(2.0);
        self.hello()
    }

    fn hello(self) -> String {
        let hello = format!("{} say hello", self.name);
        say!("{hello}");
        hello
    }
}

pub fn play() -> Result {
    let mine = MyThread { name: "aaa".into() };
    let t = threads::spawn("aaa", move || mine.run())?;
    say!("main thread");
    let hello = t.join()?;
    claim!(hello == "aaa say hello", "the thread worked with the data of its own type");

    // Is it sure that main prints first? These are all orders in which the two can.
    let sleeps = explore(|| first_to_speak(MyThread::run), Limits::default())?;
    let main = count(&sleeps, "main");
    say!("the thread sleeps: main is first in {main} of {} orders", sleeps.schedules);
    claim!(
        main > 0 && main == sleeps.schedules,
        "main speaks first in every schedule if the thread sleeps before it speaks"
    );
    let eager = explore(|| first_to_speak(MyThread::hello), Limits::default())?;
    let main = count(&eager, "main");
    say!("it does not sleep: main is first in {main} of {} orders", eager.schedules);
    claim!(
        (eager.schedules, main) == (2, 1),
        "main speaks first in 1 of 2 schedules if the thread does not sleep"
    );
    Ok(())
}

/// Whether main or the thread is the first to write its name into a list.
fn first_to_speak(run: fn(MyThread) -> String) -> &'static str {
    let spoken = Mutex::new(Vec::new());
    let speak = |name| spoken.lock().unwrap_or_else(PoisonError::into_inner).push(name);
    thread::scope(|scope| {
        scope.spawn(|| {
            run(MyThread { name: "aaa".into() });
            speak("aaa");
        });
        speak("main");
    });
    spoken.into_inner().unwrap_or_else(PoisonError::into_inner)[0]
}

/// In how many schedules that one was the first.
fn count(report: &Report, first: &str) -> u64 {
    report.returned(&format!("{first:?}")).map_or(0, |outcome| outcome.schedules)
}
