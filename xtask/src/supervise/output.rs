//! What a program writes, read by a thread of its own so that the program never waits,
//! and kept in part.

use std::io;
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Which end of an output is kept when it grows too long.
#[derive(Clone, Copy)]
pub enum Keep {
    First(usize),
    Last(usize),
}

/// What a thread reads from a pipe, so that its writer never waits.
pub struct Output {
    kept: Arc<Mutex<Kept>>,
    end: Receiver<()>,
}

#[derive(Default)]
struct Kept {
    text: Vec<u8>,
    bytes: usize,
}

impl Output {
    pub fn of(pipe: Option<impl io::Read + Send + 'static>, keep: Keep) -> Self {
        let kept = Arc::new(Mutex::new(Kept::default()));
        let (at_end, end) = mpsc::channel();
        if let Some(mut pipe) = pipe {
            let kept = Arc::clone(&kept);
            std::thread::spawn(move || {
                let mut chunk = [0; 16 * 1024];
                // Ended by the end of the pipe; an error on a pipe would be the same to
                // us.
                while let Ok(count @ 1..) = pipe.read(&mut chunk) {
                    lock(&kept).add(&chunk[..count], keep);
                }
                // Moved into the thread to be dropped at its end.
                drop(at_end);
            });
        }
        Self { kept, end }
    }

    /// Waits for the end of the pipe, but no longer than `grace`: a descriptor that was
    /// passed to a stranger would keep it open.
    pub fn collect(self, grace: Duration) -> (String, usize) {
        let _either_way = self.end.recv_timeout(grace);
        let kept = lock(&self.kept);
        (String::from_utf8_lossy(&kept.text).into_owned(), kept.bytes)
    }
}

fn lock(kept: &Mutex<Kept>) -> MutexGuard<'_, Kept> {
    // Whole between two calls of `add`, even after a panic.
    kept.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Kept {
    fn add(&mut self, chunk: &[u8], keep: Keep) {
        self.bytes += chunk.len();
        match keep {
            Keep::First(most) => {
                self.text.extend(&chunk[..chunk.len().min(most - self.text.len())]);
            }
            Keep::Last(most) => {
                self.text.extend(chunk);
                let surplus = self.text.len().saturating_sub(most);
                self.text.drain(..surplus);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kept_end_is_the_one_asked_for() {
        let kept = |keep| {
            let mut kept = Kept::default();
            for chunk in ["abc", "def", "g"] {
                kept.add(chunk.as_bytes(), keep);
            }
            (String::from_utf8(kept.text).expect("text"), kept.bytes)
        };
        assert_eq!(kept(Keep::First(4)), ("abcd".to_owned(), 7));
        assert_eq!(kept(Keep::Last(4)), ("defg".to_owned(), 7));
        assert_eq!(kept(Keep::First(7)), kept(Keep::Last(9)));
    }
}
