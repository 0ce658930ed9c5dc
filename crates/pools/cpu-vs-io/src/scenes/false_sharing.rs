//! N1.1: two threads count apart, but in one cache line, and cost more than one.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use cpu_vs_io::cores;
use cpu_vs_io::kit::cores::{Total, on};
use cpu_vs_io::kit::tell;
use crossbeam::utils::CachePadded;
use shared::{Result, claim, say, skip};

const COUNTS: u64 = 300_000;
const TURNS: u32 = 20;
const LONGEST: Duration = Duration::from_secs(2);

pub fn play() -> Result {
    let cores = cores()?;
    let [first, second, ..] = cores[..] else {
        skip!("this process may use one core only"; "allow it two, see taskset(1)");
    };
    let in_one_line: CachePadded<[AtomicU64; 2]> = CachePadded::default();
    let apart: [CachePadded<AtomicU64>; 2] = Default::default();

    let mut one_thread = Total::default();
    for _ in 0..TURNS {
        one_thread.add(on("counts both", &[first], |_| {
            count(&in_one_line[0]);
            count(&in_one_line[1]);
        })?);
    }
    tell::measured("1 thread, one line", one_thread.shortest);
    let predicted = one_thread.shortest / 2;
    tell::predicted("2 threads, two lines", predicted);
    tell::predicted("2 threads, one line", predicted);

    // In turn, so that other programs disturb both alike; and longer if they are many.
    let (mut two_lines, mut one_line) = (Total::default(), Total::default());
    let begin = Instant::now();
    for turn in 0.. {
        let is_seen = one_line.cpu() > 1.2 * two_lines.cpu().max(one_thread.cpu());
        if turn >= TURNS && (is_seen || begin.elapsed() > LONGEST) {
            break;
        }
        two_lines.add(on("counts apart", &[first, second], |i| count(&apart[i]))?);
        let shared = |i: usize| count(&in_one_line[i]);
        one_line.add(on("counts in one line", &[first, second], shared)?);
    }
    tell::compared("2 threads, two lines", predicted, two_lines.shortest);
    tell::compared("2 threads, one line", predicted, one_line.shortest);
    let times = one_line.cpu() / two_lines.cpu();
    say!("one line: {times:.1} times the CPU time of two lines");
    claim!(
        times > 1.2,
        "counters in one cache line cost 1.2 times the CPU time of two lines, or more"
    );
    claim!(
        one_line.cpu() > 1.2 * one_thread.cpu(),
        "two threads in one line cost 1.2 times the CPU time of one thread, or more"
    );
    Ok(())
}

fn count(counter: &AtomicU64) {
    for _ in 0..COUNTS {
        counter.fetch_add(1, Relaxed);
    }
}
