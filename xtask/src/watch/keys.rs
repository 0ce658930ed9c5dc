//! Single keys of a terminal.

use std::io::{self, IsTerminal as _, Read as _};
use std::sync::mpsc::Sender;

use nix::sys::termios::{LocalFlags, SetArg, Termios, tcgetattr, tcsetattr};

/// A terminal that gives each key at once and does not print it; as it was before when
/// this is dropped. Ctrl-C is still Ctrl-C.
pub struct Keys(Option<Termios>);

impl Keys {
    /// Has each key of standard input sent; none where that is no terminal.
    pub fn listen<T: Send + 'static>(
        to: Sender<T>,
        key: impl Fn(u8) -> T + Send + 'static,
    ) -> io::Result<Self> {
        let stdin = io::stdin();
        if !stdin.is_terminal() {
            return Ok(Self(None));
        }
        let before = tcgetattr(&stdin)?;
        let mut single = before.clone();
        single.local_flags.remove(LocalFlags::ICANON | LocalFlags::ECHO);
        tcsetattr(&stdin, SetArg::TCSANOW, &single)?;
        // Ends with the terminal, or with the process.
        std::thread::spawn(move || {
            for byte in io::stdin().lock().bytes().map_while(Result::ok) {
                if to.send(key(byte)).is_err() {
                    break;
                }
            }
        });
        Ok(Self(Some(before)))
    }

    /// Whether there are keys at all.
    pub fn are_heard(&self) -> bool {
        self.0.is_some()
    }
}

impl Drop for Keys {
    fn drop(&mut self) {
        if let Some(before) = &self.0 {
            // A terminal that has gone needs no restoring.
            let _ = tcsetattr(io::stdin(), SetArg::TCSANOW, before);
        }
    }
}
