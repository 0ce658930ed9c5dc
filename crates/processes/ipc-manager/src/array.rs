//! An array of numbers in shared memory, with a lock.

use std::fmt;
use std::io;
use std::marker::PhantomData;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use processes::SharedMemory;

/// A fixed number of plain numbers in memory that processes share. Python's
/// `Array('i', 10)`.
///
/// There is no manager in between: a process reads and writes as it would its own
/// memory, and thousands of times faster than it can ask. Reading, writing and updating
/// one number is atomic each; a look at several numbers is not one moment.
///
/// The children of the process that made it have the same array, not a copy:
///
/// ```
/// let numbers = ipc_manager::Array::<i32>::new(10)?;
/// processes::scope(|family| {
///     family.spawn("child", || numbers.set(3, 103))?;
///     family.join()
/// })?;
/// assert_eq!(numbers.get(3), 103);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// It holds numbers alone: anything with a pointer in it would mean something else in
/// another process (E0599).
///
/// ```compile_fail,E0599
/// let names = ipc_manager::Array::<String>::new(10)?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct Array<T> {
    memory: SharedMemory<AtomicBool>,
    length: usize,
    numbers: PhantomData<fn(T) -> T>,
}

/// A number that an [`Array`] holds.
pub trait Number: Copy + sealed::Sealed {
    #[doc(hidden)]
    fn to_bits(self) -> u64;
    #[doc(hidden)]
    fn from_bits(bits: u64) -> Self;
}

mod sealed {
    pub trait Sealed {}
}

macro_rules! numbers {
    ($($whole:ty),*; $($float:ty),*) => {
        $(impl sealed::Sealed for $whole {}
        impl Number for $whole {
            #[allow(clippy::cast_lossless, reason = "lossless for some of them only")]
            fn to_bits(self) -> u64 { self as u64 }
            fn from_bits(bits: u64) -> Self { bits as Self }
        })*
        $(impl sealed::Sealed for $float {}
        impl Number for $float {
            fn to_bits(self) -> u64 { <$float>::to_bits(self).into() }
            fn from_bits(bits: u64) -> Self { <$float>::from_bits(bits as _) }
        })*
    };
}

numbers!(u8, u16, u32, u64, usize, i8, i16, i32, i64, isize; f32, f64);

impl<T: Number> Array<T> {
    /// So many numbers, all of them zero.
    ///
    /// # Errors
    /// If the kernel gives no such memory (mmap(2)).
    pub fn new(length: usize) -> io::Result<Self> {
        let bytes = length
            .checked_mul(size_of::<AtomicU64>())
            .ok_or(io::ErrorKind::OutOfMemory)?;
        Ok(Self {
            memory: SharedMemory::new(AtomicBool::new(false), bytes)?,
            length,
            numbers: PhantomData,
        })
    }

    /// How many numbers there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.length
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// The number at a place.
    ///
    /// # Panics
    /// If there is no such place.
    #[must_use]
    pub fn get(&self, index: usize) -> T {
        T::from_bits(self.places()[index].load(Ordering::Acquire))
    }

    /// Writes a number into its place.
    ///
    /// # Panics
    /// If there is no such place.
    pub fn set(&self, index: usize, number: T) {
        self.places()[index].store(number.to_bits(), Ordering::Release);
    }

    /// Replaces a number by what `change` makes of it, and gives the new one. If
    /// another process changes it meanwhile, `change` is called again, with what it is
    /// then.
    ///
    /// # Panics
    /// If there is no such place.
    pub fn update(&self, index: usize, change: impl Fn(T) -> T) -> T {
        let place = &self.places()[index];
        let mut old = place.load(Ordering::Acquire);
        loop {
            let new = change(T::from_bits(old));
            match place.compare_exchange_weak(
                old,
                new.to_bits(),
                Ordering::AcqRel,
                Ordering::Acquire,
            ) {
                Ok(_) => return new,
                Err(changed) => old = changed,
            }
        }
    }

    /// All numbers, each as it is when the iterator comes to it.
    ///
    /// ```
    /// let numbers = ipc_manager::Array::<i32>::new(3)?;
    /// numbers.set(1, 7);
    /// assert_eq!(numbers.iter().max(), Some(7));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = T> + ExactSizeIterator + '_ {
        self.places().iter().map(|place| T::from_bits(place.load(Ordering::Acquire)))
    }

    /// All numbers, each as it is when it is read.
    #[must_use]
    pub fn to_vec(&self) -> Vec<T> {
        self.iter().collect()
    }

    fn places(&self) -> &[AtomicU64] {
        let bytes = self.memory.bytes();
        // SAFETY: the memory is as long as so many numbers, lives as long as `self`,
        // and begins at a place fit for them (behind the head, where a cache line
        // begins); zeroes are numbers, and it never has any other shape.
        unsafe {
            std::slice::from_raw_parts(bytes.cast::<AtomicU64>().as_ptr(), self.length)
        }
    }
}

impl<T: Number + fmt::Debug> fmt::Debug for Array<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.to_vec()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_all_kinds_come_back_as_they_were() {
        fn there_and_back<T: Number + PartialEq + fmt::Debug>(numbers: &[T]) {
            let array = Array::new(numbers.len()).expect("memory");
            for (index, number) in numbers.iter().enumerate() {
                array.set(index, *number);
            }
            assert_eq!(array.to_vec(), numbers);
        }
        there_and_back(&[i32::MIN, -1, 0, 1, i32::MAX]);
        there_and_back(&[i8::MIN, i8::MAX]);
        there_and_back(&[u64::MAX, 1 << 63]);
        there_and_back(&[f64::MIN, -0.0, f64::INFINITY]);
        there_and_back(&[f32::MIN_POSITIVE, 1.5]);
        there_and_back::<u8>(&[]);
    }

    #[test]
    fn no_update_is_lost() {
        let array = Array::<u32>::new(2).expect("memory");
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..1000 {
                        array.update(1, |number| number + 1);
                    }
                });
            }
        });
        assert_eq!(array.to_vec(), [0, 4000]);
    }

    #[test]
    #[should_panic(expected = "index out of bounds: the len is 3 but the index is 3")]
    fn there_is_no_place_behind_the_last() {
        let _ = Array::<u32>::new(3).expect("memory").get(3);
    }

    #[test]
    fn too_much_is_an_error() {
        assert!(Array::<u8>::new(usize::MAX).is_err());
    }
}
