//! The cell that a lock guards: std's, or loom's, which notices when two threads are in
//! it at once.

#[cfg(not(loom))]
pub(crate) use plain::{Exclusive, UnsafeCell};
#[cfg(loom)]
pub(crate) use watched::{Exclusive, UnsafeCell};

#[cfg(not(loom))]
mod plain {
    pub(crate) struct UnsafeCell<T: ?Sized>(std::cell::UnsafeCell<T>);

    impl<T> UnsafeCell<T> {
        pub(crate) const fn new(value: T) -> Self {
            Self(std::cell::UnsafeCell::new(value))
        }

        pub(crate) fn into_inner(self) -> T {
            self.0.into_inner()
        }
    }

    impl<T: ?Sized> UnsafeCell<T> {
        pub(crate) fn exclusive(&self) -> Exclusive<T> {
            Exclusive(self.0.get())
        }
    }

    /// Access to the contents of the cell.
    pub(crate) struct Exclusive<T: ?Sized>(*mut T);

    impl<T: ?Sized> Exclusive<T> {
        /// # Safety
        /// The cell must still be there, and nothing else may use its contents
        /// meanwhile.
        #[expect(
            clippy::mut_from_ref,
            reason = "loom's has this form; the callers use one at a time"
        )]
        pub(crate) unsafe fn deref(&self) -> &mut T {
            // SAFETY: the caller's.
            unsafe { &mut *self.0 }
        }
    }
}

#[cfg(loom)]
mod watched {
    pub(crate) use loom::cell::MutPtr as Exclusive;

    pub(crate) struct UnsafeCell<T: ?Sized>(loom::cell::UnsafeCell<T>);

    impl<T> UnsafeCell<T> {
        pub(crate) fn new(value: T) -> Self {
            Self(loom::cell::UnsafeCell::new(value))
        }

        pub(crate) fn into_inner(self) -> T {
            self.0.into_inner()
        }
    }

    impl<T: ?Sized> UnsafeCell<T> {
        /// Access until it is dropped; another one at the same time is reported.
        pub(crate) fn exclusive(&self) -> Exclusive<T> {
            self.0.get_mut()
        }
    }
}
