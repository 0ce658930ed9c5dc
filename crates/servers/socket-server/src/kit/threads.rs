//! The threads of a scene: begun at once, counted, and measured.

use std::fs;
use std::io;
use std::path::PathBuf;
use std::thread::Builder;
use std::time::Duration;

/// Runs `task` on a thread for each of these names, all at once, and gives what it
/// returns on each.
///
/// # Errors
/// The first error of a task, or if there is no thread left.
pub fn at_once<T: Send>(
    names: impl IntoIterator<Item = String>,
    task: impl Fn() -> anyhow::Result<T> + Sync,
) -> anyhow::Result<Vec<T>> {
    std::thread::scope(|scope| {
        let begin = |name| Builder::new().name(name).spawn_scoped(scope, &task);
        let threads: Vec<_> = names.into_iter().map(begin).collect::<Result<_, _>>()?;
        let ends = threads.into_iter().map(|thread| {
            thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        });
        ends.collect()
    })
}

/// How many threads this process has whose names begin like this, as the kernel has
/// them: with at most 15 bytes.
///
/// # Errors
/// If /proc cannot be read.
pub fn threads(prefix: &str) -> io::Result<usize> {
    Ok(named(prefix)?.len())
}

/// The processor's time that the threads have taken whose names begin like this.
///
/// # Errors
/// If /proc cannot be read, or the kernel does not keep the times of threads.
pub fn cpu_time(prefix: &str) -> io::Result<Duration> {
    let mut sum = Duration::ZERO;
    for thread in named(prefix)? {
        // Three numbers, of which the first is the time, in nanoseconds.
        let times = fs::read_to_string(thread.join("schedstat"))?;
        let taken = times.split(' ').next().and_then(|taken| taken.parse().ok());
        sum += Duration::from_nanos(taken.ok_or(io::ErrorKind::InvalidData)?);
    }
    Ok(sum)
}

fn named(prefix: &str) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for thread in fs::read_dir("/proc/self/task")? {
        let folder = thread?.path();
        // There is no such file if the thread has ended meanwhile.
        let name = fs::read_to_string(folder.join("comm"));
        found.extend(name.is_ok_and(|name| name.starts_with(prefix)).then_some(folder));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_run_at_once_and_are_counted_by_their_names() {
        let all_run = std::sync::Barrier::new(3);
        let names = || (1..=3).map(|number| format!("counted-{number}"));
        let counts = at_once(names(), || {
            all_run.wait();
            let count = threads("counted-")?;
            all_run.wait();
            Ok(count)
        });
        assert_eq!(counts.unwrap(), [3, 3, 3]);
        let failed =
            at_once(names(), || anyhow::bail!("no room") as anyhow::Result<()>);
        assert_eq!(failed.unwrap_err().to_string(), "no room");
    }

    #[test]
    fn the_time_of_a_thread_that_works_is_counted() {
        let worked = at_once(["works".to_owned()], || {
            let before = cpu_time("works")?;
            let mut sum = 0_u64;
            while cpu_time("works")? < before + Duration::from_millis(20) {
                sum = std::hint::black_box(sum + 1);
            }
            Ok(sum > 0)
        });
        assert_eq!(worked.unwrap(), [true]);
        assert_eq!(cpu_time("nothing").unwrap(), Duration::ZERO);
    }
}
