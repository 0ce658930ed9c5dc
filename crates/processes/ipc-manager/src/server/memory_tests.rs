//! The memory that a server takes, whatever its client sends.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use ipc_pipe::{LIMIT, frame};

use super::*;
use crate::message::{Bytes, Message, Packed, Request};
use crate::reception;

/// What one client's request and answer may take.
const BOUND: usize = 33 << 20;

/// A server on this thread, and a client that sends as it likes.
struct Pair {
    server: Server,
    events: Vec<Event>,
    client: OwnedFd,
    inbox: Inbox,
}

impl Pair {
    fn new() -> Self {
        let (door, inside) = reception::pair().expect("sockets");
        let mut server = Server::new(inside).expect("a server");
        let client = reception::enter(&door).expect("a connection");
        let mut events = Vec::with_capacity(64);
        server.serve_round(&mut events).expect("a round");
        Self { server, events, client, inbox: Inbox::default() }
    }

    fn serve(&mut self) {
        self.server.serve_round(&mut self.events).expect("a round");
    }

    /// Sends a frame, and lets the server serve while there is no room for it.
    fn send(&mut self, frame: &[u8]) -> Result<(), Errno> {
        let mut sent = 0;
        while sent < frame.len() {
            let rest = &frame[sent..];
            // Two of the shorter pieces fit into the socket's buffer.
            let piece = &rest[..rest.len().min(piece(sent)).min(96 << 10)];
            let flags = SendFlags::DONTWAIT | SendFlags::NOSIGNAL;
            match send(&self.client, piece, flags) {
                Ok(count) => sent += count,
                Err(Errno::AGAIN) => self.serve(),
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Waits for an answer. Of many values it gives the length, not the values.
    fn receive(&mut self) -> String {
        loop {
            if let Some(length) = self.inbox.next().expect("a frame") {
                let answer = postcard::from_bytes::<Reply>(self.inbox.take(length));
                return match answer.expect("an answer") {
                    Reply::Many(bytes) => format!("Many({} bytes)", bytes.0.len()),
                    answer => format!("{answer:?}"),
                };
            }
            match recv(&self.client, &mut *self.inbox.room(), RecvFlags::DONTWAIT) {
                Ok((count, _)) => self.inbox.came(count),
                Err(Errno::AGAIN) => self.serve(),
                Err(error) => panic!("{error}"),
            }
        }
    }
}

fn framed(request: Request<'_>) -> Vec<u8> {
    let mut bytes = Vec::new();
    frame(&Message { hold: Hold::No, request }, &mut bytes).expect("a frame");
    bytes
}

#[test]
fn a_client_that_takes_no_answer_takes_at_most_two_messages() {
    let mut pair = Pair::new();
    let long = framed(Request::NewValue(vec![7; LIMIT - 100].into()));
    pair.send(&long).expect("room");
    assert_eq!(pair.receive(), "Number(0)");
    // The value is kept, and what has been allocated is no matter of the client.
    pair.inbox = Inbox::default();
    let before = Taken::begin();
    pair.send(&framed(Request::Value(0))).expect("room");
    let end = (0..4).find_map(|_| pair.send(&long).err());
    assert!(matches!(end, Some(Errno::PIPE | Errno::CONNRESET)), "{end:?}");
    // The inbox has room from before for one message.
    let taken = before.most() + LIMIT;
    assert!(taken <= BOUND, "{taken} bytes were taken");
}

#[test]
fn many_short_values_take_no_more_than_a_long_one() {
    let mut pair = Pair::new();
    pair.send(&framed(Request::NewList)).expect("room");
    assert_eq!(pair.receive(), "Number(0)");
    // Sixteen million values of no bytes.
    let empty = framed(Request::Append(0, vec![0; LIMIT - 100].into()));
    let before = Taken::begin();
    pair.send(&empty).expect("room");
    assert_eq!(pair.receive(), "TooLong");
    assert!(before.most() <= BOUND, "{} bytes were taken", before.most());

    // As many as are allowed are added, and come back.
    let count = LIMIT / 16;
    let fits = framed(Request::Append(0, vec![0; count].into()));
    let before = Taken::begin();
    for _ in 0..2 {
        pair.send(&fits).expect("room");
        assert_eq!(pair.receive(), "Done");
    }
    pair.send(&framed(Request::All(0))).expect("room");
    assert_eq!(pair.receive(), format!("Many({} bytes)", 2 * count));
    // The values take 32 MiB, and lay in half as many before they moved.
    let bound = 16 * 3 * count + BOUND;
    assert!(before.most() <= bound, "{} bytes were taken", before.most());
}

#[test]
fn a_list_longer_than_an_answer_is_not_gathered() {
    let mut pair = Pair::new();
    pair.send(&framed(Request::NewList)).expect("room");
    assert_eq!(pair.receive(), "Number(0)");
    let mut packed = Packed::default();
    packed.push(&vec![7; LIMIT / 2]).expect("room");
    let half = framed(Request::Append(0, packed.into_bytes()));
    for _ in 0..6 {
        pair.send(&half).expect("room");
        assert_eq!(pair.receive(), "Done");
    }
    let before = Taken::begin();
    pair.send(&framed(Request::All(0))).expect("room");
    assert_eq!(pair.receive(), "TooLong");
    assert!(before.most() <= BOUND, "{} bytes were taken", before.most());
}

#[test]
fn bytes_that_are_no_values_are_added_not_even_in_part() {
    let mut store = Store::default();
    assert!(store.apply(Request::NewList).is_ok());
    // A value, and one that is cut short.
    let cut = Request::Append(0, Bytes::from(vec![1, 7, 2, 7]));
    assert!(store.apply(cut).is_err());
    let length = store.apply(Request::Len(0)).expect("a list");
    assert_eq!(format!("{length:?}"), "Number(0)");
}

thread_local! {
    /// How many bytes this thread has allocated and not freed, and the most it has had.
    static TAKEN: Cell<(isize, isize)> = const { Cell::new((0, 0)) };
}

/// What this thread had taken when something began.
struct Taken(isize);

impl Taken {
    fn begin() -> Self {
        let (now, _) = TAKEN.get();
        TAKEN.set((now, now));
        Self(now)
    }

    /// The most that was taken since.
    fn most(&self) -> usize {
        usize::try_from(TAKEN.get().1 - self.0).expect("not less than at the beginning")
    }
}

fn count(change: isize) {
    // A thread at its end is not counted.
    let _ = TAKEN.try_with(|taken| {
        let (now, most) = taken.get();
        taken.set((now + change, most.max(now + change)));
    });
}

struct Counting;

#[global_allocator]
static COUNTING: Counting = Counting;

// SAFETY: it passes everything on to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        // SAFETY: as the caller promises.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        count(-(layout.size() as isize));
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(memory, layout) };
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(size as isize - layout.size() as isize);
        // SAFETY: as the caller promises.
        unsafe { System.realloc(memory, layout, size) }
    }
}
