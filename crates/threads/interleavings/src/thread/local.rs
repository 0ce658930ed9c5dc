//! Values of which each thread has its own.

use std::rc::Rc;
use std::thread::{AccessError, LocalKey as Platform};

use crate::run;

/// [`std::thread::LocalKey`]: a value of which each thread has its own, made by
/// [`thread_local!`](crate::thread_local).
#[derive(Debug)]
pub struct LocalKey<T: 'static> {
    real: &'static Platform<T>,
    init: fn() -> T,
}

impl<T: 'static> LocalKey<T> {
    #[doc(hidden)]
    #[must_use]
    pub const fn new(real: &'static Platform<T>, init: fn() -> T) -> Self {
        Self { real, init }
    }

    /// Calls `function` with the value of this thread, which is made the first time.
    ///
    /// # Panics
    /// As std's, if the thread is about to end and has dropped the value.
    #[inline]
    pub fn with<R>(&'static self, function: impl FnOnce(&T) -> R) -> R {
        if run::exploring() {
            self.explored_with(function)
        } else {
            self.real.with(function)
        }
    }

    /// Calls `function` with the value of this thread, unless it has been dropped.
    ///
    /// # Errors
    /// As std's, if the thread is about to end and has dropped the value. In an
    /// exploration there is no error.
    #[inline]
    pub fn try_with<R>(
        &'static self,
        function: impl FnOnce(&T) -> R,
    ) -> Result<R, AccessError> {
        if run::exploring() {
            Ok(self.explored_with(function))
        } else {
            self.real.try_with(function)
        }
    }

    #[cold]
    fn explored_with<R>(&'static self, function: impl FnOnce(&T) -> R) -> R {
        let Some(run) = run::current() else { return self.real.with(function) };
        let key = (&raw const *self).addr();
        let value = run.local(key, || Rc::new((self.init)()));
        match value.downcast_ref() {
            Some(value) => function(value),
            None => unreachable!("a key has one type"),
        }
    }
}

/// [`std::thread_local!`]: declares values of which each thread has its own.
///
/// ```
/// use std::cell::Cell;
/// use interleavings::thread;
///
/// interleavings::thread_local! {
///     static TURNS: Cell<u32> = Cell::new(0);
/// }
///
/// TURNS.with(|turns| turns.set(1));
/// let other = thread::spawn(|| TURNS.with(Cell::get)).join().unwrap();
/// assert_eq!((TURNS.with(Cell::get), other), (1, 0));
/// ```
#[macro_export]
macro_rules! thread_local {
    ($($(#[$attribute:meta])* $visible:vis static $name:ident: $type:ty = $init:expr);*
        $(;)?) => {
        $(
            $(#[$attribute])*
            $visible static $name: $crate::thread::LocalKey<$type> = {
                fn init() -> $type {
                    $init
                }
                ::std::thread_local! { static REAL: $type = init(); }
                $crate::thread::LocalKey::new(&REAL, init)
            };
        )*
    };
}
