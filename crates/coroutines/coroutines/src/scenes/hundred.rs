//! N2.27: a hundred coroutines sleep at random, and each has a name and a value.

use std::thread;
use std::time::Instant;

use coroutines::kit::seen::Seen;
use coroutines::kit::{one_thread, sleep};
use coroutines::{on_may, on_tokio};
use shared::{Result, claim, pace, say};

pub fn play() -> Result {
    one_thread::for_may();
    let mut rng = shared::seed::announce().rng("sleeps");
    let sleeps: Vec<f64> = (0..100).map(|_| rng.f64()).collect();

    let begin = Instant::now();
    let seen = with_stacks(&sleeps)?;
    check("with stacks", &sleeps, begin, &seen)?;
    let moves = seen.iter().all(|it| it.threads[0] != it.threads[1]);
    claim!(moves, "with stacks: each goes on in may's timer thread after its sleep");

    let begin = Instant::now();
    let seen = one_thread::with_tokio(without_stacks(&sleeps))?;
    check("without stacks", &sleeps, begin, &seen)?;
    let stays = seen.iter().all(|it| it.threads == [thread::current().id(); 2]);
    claim!(stays, "without stacks: all tasks run in one thread, that of main");
    Ok(())
}

fn with_stacks(sleeps: &[f64]) -> Result<Vec<Seen>> {
    Ok(on_may::nursery(|nursery| -> Result<_> {
        let spawn = |(i, secs): (usize, &f64)| {
            let secs = *secs;
            nursery.spawn(&format!("coroutine-{i}"), move || {
                let before = thread::current().id();
                sleep::on_may(secs);
                Ok(Seen::new(i * i, before))
            })
        };
        let tasks: Vec<_> = sleeps.iter().enumerate().map(spawn).collect();
        Ok(tasks.into_iter().filter_map(on_may::Task::join).collect())
    })?)
}

async fn without_stacks(sleeps: &[f64]) -> Result<Vec<Seen>> {
    let seen = on_tokio::nursery(async |nursery| -> Result<_> {
        let spawn = |(i, secs): (usize, &f64)| {
            let secs = *secs;
            nursery.spawn(&format!("coroutine-{i}"), async move {
                let before = thread::current().id();
                sleep::on_tokio(secs).await;
                Ok(Seen::new(i * i, before))
            })
        };
        let tasks: Vec<_> = sleeps.iter().enumerate().map(spawn).collect();
        let mut seen = Vec::new();
        for task in tasks {
            seen.extend(task.join().await);
        }
        Ok(seen)
    });
    Ok(seen.await?)
}

fn check(kind: &str, sleeps: &[f64], begin: Instant, seen: &[Seen]) -> Result {
    let time = pace::note_secs(begin.elapsed());
    let longest = sleeps.iter().copied().fold(0.0, f64::max);
    let sum: f64 = sleeps.iter().sum();
    say!("{kind}: 100 sleeps of {sum:.1} s in all take {time:.1} s");
    let values = seen.iter().map(|it| it.value).eq((0..100).map(|i| i * i));
    claim!(values, "{kind}: the values are in the order of the tasks");
    let names = (0..100).map(|i| format!("coroutine-{i}"));
    let names = seen.iter().map(|it| it.name.clone()).eq(names);
    claim!(names, "{kind}: each coroutine speaks by a name of its own");
    claim!(time >= longest, "{kind}: 100 sleeps take no less than the longest of them");
    claim!(time < sum / 5.0, "{kind}: 100 sleeps take less than a fifth of their sum");
    Ok(())
}
