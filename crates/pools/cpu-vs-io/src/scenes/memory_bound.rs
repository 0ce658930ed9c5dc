//! N1.1: where memory is the limit, the order of access counts for more than threads.

use std::ops::Range;
use std::thread;
use std::time::{Duration, Instant};

use cpu_vs_io::Machine;
use cpu_vs_io::kit::tell;
use shared::{Result, claim, say, skip, trace};

const SIDE: usize = 2048;
const TURNS: u32 = 4;

pub fn play() -> Result {
    let machine = Machine::measure()?;
    if machine.cores() < 2 {
        skip!("this process may use one core only"; "allow it two, see taskset(1)");
    }
    let matrix: Vec<u64> = (0..(SIDE * SIDE) as u64).collect();
    say!("{} MiB of numbers, added up", size_of_val(&matrix[..]) >> 20);
    let (one_along, sum) = shortest(|| along(&matrix, 0..SIDE));
    tell::measured("1 thread along", one_along);
    tell::predicted("1 thread across", one_along);
    let two = machine.in_parallel(2, one_along / 2);
    tell::predicted("2 threads along", two);
    tell::predicted("2 threads across", two);

    let (one_across, sum_across) = shortest(|| across(&matrix, 0..SIDE));
    let (two_along, _) = shortest(|| halves(&matrix, along));
    let (two_across, sum_of_two) = shortest(|| halves(&matrix, across));
    tell::compared("1 thread across", one_along, one_across);
    tell::compared("2 threads along", two, two_along);
    tell::compared("2 threads across", two, two_across);
    claim!(
        sum == sum_across && sum == sum_of_two,
        "the numbers add up to the same in either order and by two threads"
    );
    claim!(
        one_across > 2 * one_along,
        "across the rows as many additions took over twice as long as along them"
    );
    claim!(
        two_across > one_along,
        "two threads across the rows took longer than one thread along them"
    );
    Ok(())
}

/// In the order of memory: a line of the cache holds the next seven numbers as well.
fn along(matrix: &[u64], rows: Range<usize>) -> u64 {
    matrix[rows.start * SIDE..rows.end * SIDE].iter().sum()
}

/// Column by column: the next number is in another line, and another page.
fn across(matrix: &[u64], columns: Range<usize>) -> u64 {
    columns.flat_map(|column| matrix[column..].iter().step_by(SIDE)).sum()
}

fn halves(matrix: &[u64], add_up: fn(&[u64], Range<usize>) -> u64) -> u64 {
    thread::scope(|scope| {
        let other = scope.spawn(|| add_up(matrix, 0..SIDE / 2));
        add_up(matrix, SIDE / 2..SIDE) + other.join().unwrap_or_default()
    })
}

fn shortest(add_up: impl Fn() -> u64) -> (Duration, u64) {
    let _span = trace::span("adds up");
    let run = |_| {
        let begin = Instant::now();
        let sum = add_up();
        (begin.elapsed(), sum)
    };
    (0..TURNS).map(run).min().unwrap_or_default()
}
