//! How a process ended, and the values that a child's function may return.

use std::fmt::{self, Display};

use nix::sys::signal::Signal;
use rustix::process::WaitIdStatus;

/// How a process ended: the four endings of N2.4, told apart.
#[must_use = "a process may have ended badly"]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// By itself, and well.
    Ok,
    /// By itself, with an error: its exit code, 1 to 255. An error returned by its
    /// function is 1, a panic 101.
    Code(i32),
    /// By a fatal error of its own, of which the signal tells: SIGSEGV, SIGBUS, SIGFPE,
    /// SIGILL, SIGABRT, SIGTRAP or SIGSYS.
    ///
    /// The kernel does not say who sent a signal, so such a signal sent by another
    /// process counts here as well.
    Fatal(i32),
    /// By another process, which sent this signal.
    Killed(i32),
}

impl Exit {
    /// Whether the process ended well.
    #[must_use]
    pub fn is_ok(self) -> bool {
        self == Self::Ok
    }

    pub(crate) fn of(status: &WaitIdStatus) -> Self {
        match (status.exit_status(), status.terminating_signal()) {
            (Some(0), _) => Self::Ok,
            (Some(code), _) => Self::Code(code),
            (None, signal) => Self::by_signal(signal.unwrap_or(0)),
        }
    }

    fn by_signal(signal: i32) -> Self {
        match Signal::try_from(signal) {
            Ok(
                Signal::SIGSEGV
                | Signal::SIGBUS
                | Signal::SIGFPE
                | Signal::SIGILL
                | Signal::SIGABRT
                | Signal::SIGTRAP
                | Signal::SIGSYS,
            ) => Self::Fatal(signal),
            _ => Self::Killed(signal),
        }
    }
}

impl Display for Exit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = |signal: i32| {
            Signal::try_from(signal).map_or_else(
                |_| format!("signal {signal}"),
                |known| known.as_str().to_owned(),
            )
        };
        match *self {
            Self::Ok => write!(f, "ended well"),
            Self::Code(code) => write!(f, "exit code {code}"),
            Self::Fatal(signal) => write!(f, "fatal error, {}", name(signal)),
            Self::Killed(signal) => write!(f, "killed by {}", name(signal)),
        }
    }
}

/// What a child's function may return: nothing, never, or a result whose error becomes
/// a line on standard error and exit code 1.
///
/// Nothing else, for its parent would never see it:
///
/// ```compile_fail,E0277
/// processes::scope(|family| family.spawn("sum", || 1 + 2)?.join())?;
/// # Ok::<(), processes::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "a child's function cannot return `{Self}`: its parent only learns how \
               it ended",
    label = "this value is lost",
    note = "return nothing, or a `Result` whose error is to be told; a queue or a \
            pipe brings values back"
)]
pub trait Outcome {
    /// The error in one line, if it is one.
    fn failure(self) -> Option<String>;
}

impl Outcome for () {
    fn failure(self) -> Option<String> {
        None
    }
}

/// For a function that never returns, `|| loop { … }`.
impl Outcome for Never {
    fn failure(self) -> Option<String> {
        self
    }
}

/// The type `!`, which stable Rust lets one name only as what a function returns.
type Never = <fn() -> ! as Returns>::Value;

/// See [`Never`].
#[doc(hidden)]
pub trait Returns {
    /// What the function returns.
    type Value;
}

impl<T> Returns for fn() -> T {
    type Value = T;
}

impl<T: Outcome, E: Display> Outcome for Result<T, E> {
    fn failure(self) -> Option<String> {
        match self {
            Ok(value) => value.failure(),
            // `#` asks anyhow for the causes too.
            Err(error) => {
                Some(format!("{error:#}").lines().collect::<Vec<_>>().join(" "))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signals_are_told_apart_by_whose_fault_they_are() {
        assert_eq!(Exit::by_signal(libc::SIGSEGV), Exit::Fatal(libc::SIGSEGV));
        assert_eq!(Exit::by_signal(libc::SIGKILL), Exit::Killed(libc::SIGKILL));
        assert_eq!(Exit::by_signal(40), Exit::Killed(40));
    }

    #[test]
    fn an_ending_reads_as_a_sentence_goes_on() {
        let said =
            [Exit::Ok, Exit::Code(3), Exit::Fatal(libc::SIGABRT), Exit::Killed(40)]
                .map(|it| it.to_string());
        assert_eq!(
            said,
            [
                "ended well",
                "exit code 3",
                "fatal error, SIGABRT",
                "killed by signal 40"
            ]
        );
    }

    #[test]
    fn an_error_of_many_lines_becomes_one() {
        assert_eq!(
            Err::<(), _>("left\nright").failure().as_deref(),
            Some("left right")
        );
        assert_eq!(Ok::<(), &str>(()).failure(), None);
    }
}
