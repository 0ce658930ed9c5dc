//! Scenes that cannot run on this machine.

/// The exit code of a scene that was skipped, as Automake's test protocol has it.
pub const SKIPPED: u8 = 77;

/// The error by which a scene says that it cannot run here: it neither passes nor
/// fails.
///
/// A scene returns it before it makes any claim. The program then ends with the exit
/// code [`SKIPPED`] and one line that holds both the reason and the remedy.
///
/// ```
/// # fn can_use_io_uring() -> bool { false }
/// fn play() -> shared::Result {
///     if !can_use_io_uring() {
///         shared::skip!("the kernel has no io_uring"; "use Linux 5.1 or later");
///     }
///     Ok(())
/// }
/// assert!(play().unwrap_err().is::<shared::Skipped>());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("skipped: {reason} (remedy: {remedy})")]
pub struct Skipped {
    /// The resource that is missing.
    pub reason: String,
    /// The action that makes it available.
    pub remedy: String,
}

/// Ends the scene as [`Skipped`], with a reason and a remedy, both literals with which
/// [`format!`] is called.
#[macro_export]
macro_rules! skip {
    ($reason:literal; $remedy:literal) => {
        return ::std::result::Result::Err($crate::anyhow::Error::new($crate::Skipped {
            reason: ::std::format!($reason),
            remedy: ::std::format!($remedy),
        }))
    };
}
