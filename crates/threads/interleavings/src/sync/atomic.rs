//! The atomics of [`std::sync::atomic`]. Each operation on one is a step.
//!
//! An exploration ignores the orderings: every load reads the last store, as with
//! [`SeqCst`](Ordering::SeqCst). What a weaker ordering allows beyond that, loom finds.
//! An exchange that may fail spuriously fails only if the value differs.
//!
//! ```
//! use interleavings::sync::atomic::{AtomicI64, Ordering::Relaxed};
//!
//! let n = AtomicI64::new(2);
//! assert_eq!(n.fetch_sub(1, Relaxed), 2);
//! assert_eq!(n.load(Relaxed), 1);
//! ```

use std::fmt;
use std::sync::atomic as platform;

pub use std::sync::atomic::{Ordering, fence};

use crate::op::Op;
use crate::run::{exploring, step};
use crate::schedule::Effect;

/// Does `act`, as one step if the caller is explored.
macro_rules! step {
    ($self:ident, $op:ident, $act:expr, $effect:expr) => {
        if exploring() {
            step(Op::$op((&raw const *$self).addr()), || $act, $effect)
        } else {
            $act
        }
    };
}

macro_rules! atomic {
    ($name:ident, $type:ty, $doc:literal) => {
        #[doc = $doc]
        #[derive(Default)]
        pub struct $name(platform::$name);

        impl $name {
            /// An atomic with this value.
            #[must_use]
            pub const fn new(value: $type) -> Self {
                Self(platform::$name::new(value))
            }

            /// Reads the value.
            #[inline]
            #[track_caller]
            pub fn load(&self, order: Ordering) -> $type {
                step!(self, read, self.0.load(order), |&it| Effect::Reads(it.into()))
            }

            /// Writes a value.
            #[inline]
            #[track_caller]
            pub fn store(&self, value: $type, order: Ordering) {
                step!(self, write, self.0.store(value, order), |()| {
                    Effect::Writes(value.into())
                });
            }

            /// Writes a value, and returns the one before.
            #[inline]
            #[track_caller]
            pub fn swap(&self, value: $type, order: Ordering) -> $type {
                step!(self, write, self.0.swap(value, order), |&old| {
                    Effect::Changes(old.into(), value.into())
                })
            }

            /// Writes `new` if the value is `current`; returns the value before.
            ///
            /// # Errors
            /// The value, if it is not `current`.
            #[inline]
            #[track_caller]
            pub fn compare_exchange(
                &self,
                current: $type,
                new: $type,
                success: Ordering,
                failure: Ordering,
            ) -> Result<$type, $type> {
                step!(
                    self,
                    write,
                    self.0.compare_exchange(current, new, success, failure),
                    |&result| match result {
                        Ok(old) => Effect::Changes(old.into(), new.into()),
                        Err(found) => Effect::Reads(found.into()),
                    }
                )
            }

            /// As [`compare_exchange`](Self::compare_exchange), but outside an
            /// exploration it may fail even so.
            ///
            /// # Errors
            /// The value, if nothing was written.
            #[inline]
            #[track_caller]
            pub fn compare_exchange_weak(
                &self,
                current: $type,
                new: $type,
                success: Ordering,
                failure: Ordering,
            ) -> Result<$type, $type> {
                if exploring() {
                    return self.compare_exchange(current, new, success, failure);
                }
                self.0.compare_exchange_weak(current, new, success, failure)
            }

            /// Replaces the value by what `change` makes of it, unless that is `None`;
            /// returns the value before. It calls `change` again if another thread has
            /// changed the value meanwhile.
            ///
            /// # Errors
            /// The value that `change` made nothing of.
            #[inline]
            #[track_caller]
            pub fn fetch_update(
                &self,
                set: Ordering,
                fetch: Ordering,
                mut change: impl FnMut($type) -> Option<$type>,
            ) -> Result<$type, $type> {
                let mut old = self.load(fetch);
                while let Some(new) = change(old) {
                    match self.compare_exchange_weak(old, new, set, fetch) {
                        Ok(old) => return Ok(old),
                        Err(found) => old = found,
                    }
                }
                Err(old)
            }

            /// The value, through an exclusive borrow: no step.
            #[must_use]
            pub fn get_mut(&mut self) -> &mut $type {
                self.0.get_mut()
            }

            /// The value, which is not shared any more: no step.
            #[must_use]
            pub const fn into_inner(self) -> $type {
                self.0.into_inner()
            }
        }

        impl From<$type> for $name {
            fn from(value: $type) -> Self {
                Self::new(value)
            }
        }

        impl fmt::Debug for $name {
            /// Reads the value, which is no step here.
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

/// The operations that read a value and write what follows from it.
macro_rules! fetch {
    ($name:ident, $type:ty, $($method:ident = $result:expr, $doc:literal;)*)
    => {
        impl $name {
            $(
                #[doc = $doc]
                ///
                /// Returns the value before.
                #[inline]
                #[track_caller]
                pub fn $method(&self, value: $type, order: Ordering) -> $type {
                    step!(self, write, self.0.$method(value, order), |&old| {
                        Effect::Changes(old.into(), $result(old, value).into())
                    })
                }
            )*
        }
    };
}

macro_rules! number {
    ($name:ident, $type:ident, $doc:literal) => {
        atomic!($name, $type, $doc);
        fetch!($name, $type,
            fetch_add = $type::wrapping_add, "Adds to the value, which wraps around.";
            fetch_sub = $type::wrapping_sub,
                "Subtracts from the value, which wraps around.";
            fetch_and = |old, value| old & value, "Keeps the bits that both have.";
            fetch_or = |old, value| old | value, "Sets the bits that one of both has.";
            fetch_xor = |old, value| old ^ value, "Flips the bits.";
            fetch_max = Ord::max, "Writes the larger of both.";
            fetch_min = Ord::min, "Writes the smaller of both.";
        );
    };
}

number!(AtomicI32, i32, "A number of 32 bits, [`std::sync::atomic::AtomicI32`].");
number!(AtomicI64, i64, "A number of 64 bits, [`std::sync::atomic::AtomicI64`].");
number!(AtomicU32, u32, "A number of 32 bits, [`std::sync::atomic::AtomicU32`].");
number!(AtomicU64, u64, "A number of 64 bits, [`std::sync::atomic::AtomicU64`].");
number!(AtomicUsize, usize, "A size, [`std::sync::atomic::AtomicUsize`].");

atomic!(AtomicBool, bool, "A truth, [`std::sync::atomic::AtomicBool`].");
fetch!(AtomicBool, bool,
    fetch_and = |old, value| old & value, "Writes whether both are true.";
    fetch_or = |old, value| old | value, "Writes whether one of both is true.";
    fetch_xor = |old, value| old ^ value, "Writes whether one of both alone is true.";
);
