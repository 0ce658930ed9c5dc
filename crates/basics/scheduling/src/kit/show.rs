//! Schedules in the terminal, and as lanes of the picture.

use std::sync::atomic::{AtomicI64, Ordering::Relaxed};

use shared::trace::{Kind, Record};
use shared::{pace, say, trace};

use crate::{Job, Schedule};

/// Five jobs that the scenes give to one policy after the other. A textbook has them,
/// too: Stallings, *Operating Systems*, chapter on uniprocessor scheduling.
///
/// ```
/// assert_eq!(scheduling::kit::show::five_jobs()[4], "e:8:2".parse()?);
/// # Ok::<(), scheduling::Error>(())
/// ```
#[must_use]
pub fn five_jobs() -> [Job; 5] {
    [("a", 0, 3), ("b", 2, 6), ("c", 4, 4), ("d", 6, 5), ("e", 8, 2)]
        .map(|(name, arrival, burst)| Job::new(name, arrival, burst))
}

/// Prints the chart of a schedule, and draws it in the picture.
///
/// ```
/// use scheduling::{Policy, kit::show};
///
/// show::chart(&Policy::round_robin(4).schedule(&show::five_jobs())?);
/// # Ok::<(), scheduling::Error>(())
/// ```
pub fn chart(schedule: &Schedule) {
    for line in schedule.chart() {
        say!("{line}");
    }
    draw(schedule);
}

/// Prints the times of a schedule.
///
/// ```
/// use scheduling::{Policy, kit::show};
///
/// show::table(&Policy::round_robin(4).schedule(&show::five_jobs())?);
/// # Ok::<(), scheduling::Error>(())
/// ```
pub fn table(schedule: &Schedule) {
    for line in schedule.table() {
        say!("{line}");
    }
}

/// Writes the schedule to the trace: each job is a lane, a unit of time lasts a second
/// of the notes, and a schedule begins where the one before it has ended.
fn draw(schedule: &Schedule) {
    static DRAWN: AtomicI64 = AtomicI64::new(0);
    if !trace::is_written() {
        return;
    }
    let now = Record::now(Kind::Sleep { ns: 0 }).ns;
    let begin = DRAWN.load(Relaxed).max(now);
    let unit = pace::secs(1.0).as_nanos() as i64;
    let write = |job: usize, at: u64, kind: Kind| {
        let lane = schedule.jobs[job].name.clone();
        let ns = begin.saturating_add((at as i64).saturating_mul(unit));
        Record { ns, lane, coroutine: true, ..Record::now(kind) }.write();
    };
    let span = |job, from, to, text: String, begins: fn(String) -> Kind| {
        write(job, from, begins(text.clone()));
        write(job, to, Kind::End { text });
    };
    for job in 0..schedule.jobs.len() {
        for (from, to) in schedule.waits(job) {
            let text = "for the core".to_owned();
            span(job, from, to, text, |text| Kind::Wait { text });
        }
    }
    for wait in &schedule.io {
        let text = "for its device".to_owned();
        span(wait.job, wait.begin, wait.end, text, |text| Kind::Wait { text });
    }
    for slice in &schedule.slices {
        let text = slice.why.to_string();
        span(slice.job, slice.begin, slice.end, text, |text| Kind::Begin { text });
    }
    let drawn = (schedule.end() as i64).saturating_add(1).saturating_mul(unit);
    DRAWN.store(begin.saturating_add(drawn), Relaxed);
}
