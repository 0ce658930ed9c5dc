//! The memory that a ring receives into.

use std::cell::UnsafeCell;

use io_uring::{opcode, squeue};
use socket_server::RECEIVE;

/// How many receives there is memory for, of [`RECEIVE`] bytes each. One more waits
/// until another has been answered.
pub const BUFFERS: u16 = 1024;

/// The group by which the receives name these buffers.
pub(super) const GROUP: u16 = 0;

/// Buffers of which the kernel takes one when bytes arrive, and not before: a
/// connection that is silent has none.
pub(super) struct Buffers(Box<[UnsafeCell<[u8; RECEIVE]>]>);

impl Buffers {
    pub(super) fn new() -> Self {
        Self((0..BUFFERS).map(|_| UnsafeCell::new([0; RECEIVE])).collect())
    }

    /// The request that gives all of them to the kernel.
    pub(super) fn give_all(&self) -> squeue::Entry {
        self.give(0, BUFFERS)
    }

    /// The request that gives one of them back.
    pub(super) fn give_back(&self, number: u16) -> squeue::Entry {
        self.give(number, 1)
    }

    fn give(&self, first: u16, count: u16) -> squeue::Entry {
        let memory = self.0[usize::from(first)].get().cast();
        let provide =
            opcode::ProvideBuffers::new(memory, RECEIVE as i32, count, GROUP, first);
        provide.build()
    }

    /// The place of a buffer. Its bytes may be read while it is not the kernel's.
    pub(super) fn place(&self, number: u16) -> *const u8 {
        self.0[usize::from(number)].get().cast_const().cast()
    }
}
