//! A process is killed, or stopped, at each instruction of a send or a receive.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::Duration;

use ipc_pipe::{Connection, RecvError, encode, pipe};
use processes::{Error, Event, scope};
use rustix::net::sockopt::set_socket_send_buffer_size;
use tests::stepping::{Reached, STRIDE, kill_at, stop_at, sweep, traced};

/// Longer than anything here takes on a busy machine.
const LONG: Duration = Duration::from_secs(20);

/// The deadline of a receive beside a stopped process.
const SHORT: Duration = Duration::from_millis(20);

/// Longer than a sweep over every instruction takes on a busy machine.
const EVERY: Duration = Duration::from_mins(20);

/// How many instructions apart a quick sweep kills.
const QUICK: usize = STRIDE / 2 + 1;

tests::main! {
    send,
    send_bytes,
    send_while_encoding,
    recv,
    recv_bytes,
    send_at_a_shared_end,
    recv_at_a_shared_end,
    #[ignore] send_at_every_instruction => EVERY,
    #[ignore] send_bytes_at_every_instruction => EVERY,
    #[ignore] send_while_encoding_at_every_instruction => EVERY,
    #[ignore] recv_at_every_instruction => EVERY,
    #[ignore] recv_bytes_at_every_instruction => EVERY,
    #[ignore] send_at_a_shared_end_at_every_instruction => EVERY,
    #[ignore] recv_at_a_shared_end_at_every_instruction => EVERY,
}

fn send() {
    sweep_sends(QUICK, &ONE_PACKET);
}

fn send_at_every_instruction() {
    sweep_sends(1, &ONE_PACKET);
}

fn send_bytes() {
    sweep_sends(QUICK, &TWO_PACKETS);
}

fn send_bytes_at_every_instruction() {
    sweep_sends(1, &TWO_PACKETS);
}

fn send_while_encoding() {
    sweep_sends(QUICK, &LONG_SLICE);
}

fn send_while_encoding_at_every_instruction() {
    sweep_sends(1, &LONG_SLICE);
}

fn recv() {
    killed_in_recv(QUICK, &ONE_PACKET);
}

fn recv_at_every_instruction() {
    killed_in_recv(1, &ONE_PACKET);
}

fn recv_bytes() {
    killed_in_recv(QUICK, &TWO_PACKETS);
}

fn recv_bytes_at_every_instruction() {
    killed_in_recv(1, &TWO_PACKETS);
}

fn send_at_a_shared_end() {
    killed_in_send_at_a_shared_end(QUICK);
}

fn send_at_a_shared_end_at_every_instruction() {
    killed_in_send_at_a_shared_end(1);
}

fn recv_at_a_shared_end() {
    killed_in_recv_at_a_shared_end(QUICK);
}

fn recv_at_a_shared_end_at_every_instruction() {
    killed_in_recv_at_a_shared_end(1);
}

type End = Connection<String>;

/// A message, and the operations that are swept.
struct Message {
    length: usize,
    packets: usize,
    /// The send buffer that is asked for.
    buffer: usize,
    send: fn(&mut End, &str),
    recv: fn(&mut End, &mut Vec<u8>),
}

/// A message that goes in one packet.
const ONE_PACKET: Message = Message {
    length: 100,
    packets: 1,
    buffer: LEAST,
    send: |end, text| {
        let text = text.to_owned();
        traced(|| end.send(text).unwrap());
    },
    recv: |end, buffer| {
        let text = traced(|| end.recv().unwrap());
        *buffer = encoded(&text);
    },
};

/// A message that goes in two packets. It is not copied, which would take one step for
/// each byte.
const TWO_PACKETS: Message = Message {
    length: 6000,
    packets: 2,
    buffer: LEAST,
    send: |end, text| {
        let bytes = encoded(text);
        traced(|| end.send_bytes(&bytes).unwrap());
    },
    recv: |end, buffer| traced(|| end.recv_bytes_into(buffer).unwrap()),
};

/// A message with a slice so long that it is encoded while it is sent, in two packets.
const LONG_SLICE: Message =
    Message { length: 64 << 10, packets: 2, buffer: 1 << 20, ..ONE_PACKET };

/// The least that the kernel allows: there is room for two packets of 3 KiB.
const LEAST: usize = 0;

impl Message {
    fn text(&self) -> String {
        "x".repeat(self.length)
    }
}

fn encoded(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    encode(text, &mut bytes).unwrap();
    bytes
}

/// Calls `at` with the ends of a new pipe and with a place; `at` gives how far the
/// process came that it has killed or stopped, and which of the outcomes was seen.
/// Gives how often each of them was seen.
fn with_pipes<const N: usize>(
    stride: usize,
    message: &Message,
    outcomes: [&str; N],
    mut at: impl FnMut([End; 2], usize) -> Result<(Reached, usize), Error>,
) -> [usize; N] {
    let mut counts = [0; N];
    let places = sweep(stride, |place| {
        let ends = <[End; 2]>::from(pipe().unwrap());
        for end in &ends {
            set_socket_send_buffer_size(end, message.buffer).unwrap();
        }
        let (reached, outcome) = at(ends, place).unwrap();
        counts[outcome] += 1;
        reached
    });
    println!("{places} places: {outcomes:?} {counts:?}");
    counts
}

fn sweep_sends(stride: usize, message: &Message) {
    killed_in_send(stride, message);
    stopped_in_send(2 * stride, message);
}

/// The peer of a killed sender receives its message whole, or learns of the end.
fn killed_in_send(stride: usize, message: &Message) {
    let outcomes = ["received", "not received", "cut short"];
    let counts = with_pipes(stride, message, outcomes, |[mut here, there], at| {
        let reached = scope(|family| {
            let child = family.spawn_with("sends", there, |mut there| {
                (message.send)(&mut there, &message.text());
            })?;
            let reached = kill_at(child.pid(), at);
            let _either = child.join()?;
            Ok::<_, Error>(reached)
        })?;
        let outcome = match here.recv_timeout(LONG) {
            Ok(text) => {
                assert_eq!(text, Some(message.text()), "at {at}");
                assert!(is_over(&mut here), "at {at}");
                0
            }
            Err(RecvError::Disconnected) => 1,
            Err(RecvError::Truncated) => 2,
            Err(error) => panic!("at {at}: {error}"),
        };
        assert!(reached == Reached::Inside || outcome == 0, "at {at}");
        Ok((reached, outcome))
    });
    // Only a message of several packets can be cut short.
    assert_eq!(counts.map(|count| count > 0), [true, true, message.packets > 1]);
}

/// Beside a stopped sender the deadline of its peer holds; when the sender goes on, its
/// message arrives once and whole.
fn stopped_in_send(stride: usize, message: &Message) {
    let counts =
        with_pipes(stride, message, ["at once", "later"], |[mut here, there], at| {
            scope(|family| {
                let child = family.spawn_with("sends", there, |mut there| {
                    (message.send)(&mut there, &message.text());
                })?;
                let stopped = stop_at(child.pid(), at);
                let early = here.recv_timeout(SHORT).unwrap();
                let outcome = usize::from(early.is_none());
                let reached = stopped.release();
                let text = early.or_else(|| here.recv_timeout(LONG).unwrap());
                assert_eq!(text, Some(message.text()), "at {at}");
                assert!(is_over(&mut here), "at {at}");
                assert!(child.join()?.is_ok());
                Ok((reached, outcome))
            })
        });
    assert!(counts.iter().all(|&count| count > 0), "{counts:?}");
}

/// The peer of a killed receiver learns of the end, and gets back what it sends.
fn killed_in_recv(stride: usize, message: &Message) {
    with_pipes(stride, message, ["disconnected"], |[mut here, there], at| {
        let has_room = Event::new().unwrap();
        let reached = scope(|family| {
            let child = family.spawn_with("receives", there, |mut there| {
                // The first message makes the room that the second one needs.
                let mut buffer = Vec::new();
                there.recv_bytes_into(&mut buffer).unwrap();
                has_room.set();
                (message.recv)(&mut there, &mut buffer);
                assert_eq!(buffer, encoded(&message.text()));
            })?;
            here.send(message.text()).unwrap();
            // The socket has room for one message at a time.
            assert!(has_room.wait_timeout(LONG));
            here.send(message.text()).unwrap();
            let reached = kill_at(child.pid(), at);
            let exit = child.join()?;
            assert!(reached == Reached::Inside || exit.is_ok(), "at {at}: {exit}");
            Ok::<_, Error>(reached)
        })?;
        let error = here.send("after".to_owned()).unwrap_err();
        assert!(
            error.is_disconnected() && error.message == "after",
            "at {at}: {error}"
        );
        assert!(is_over(&mut here), "at {at}");
        Ok((reached, 0))
    });
}

/// Where two processes have one end, the other one can still send after the death of
/// the first.
fn killed_in_send_at_a_shared_end(stride: usize) {
    let counts = with_pipes(
        stride,
        &ONE_PACKET,
        ["sent", "not sent"],
        |[here, mut there], at| {
            let reached = scope(|family| {
                let child = family.spawn_with("sends", &mut there, |there| {
                    (ONE_PACKET.send)(there, &ONE_PACKET.text());
                })?;
                let reached = kill_at(child.pid(), at);
                let _either = child.join()?;
                Ok::<_, Error>(reached)
            })?;
            there.send("after".to_owned()).unwrap();
            drop(there);
            let left = rest(here);
            let outcome = usize::from(left.len() == 1);
            let sent = [ONE_PACKET.text(), "after".to_owned()];
            assert_eq!(left, sent[outcome..], "at {at}");
            Ok((reached, outcome))
        },
    );
    assert!(counts.iter().all(|&count| count > 0), "{counts:?}");
}

/// Where two processes have one end, the other one receives whatever the first has not
/// received.
fn killed_in_recv_at_a_shared_end(stride: usize) {
    let outcomes = ["received", "not received"];
    let counts =
        with_pipes(stride, &ONE_PACKET, outcomes, |[mut here, mut there], at| {
            let messages = ["0", "1", "2"].map(str::to_owned);
            let reached = scope(|family| {
                let child = family.spawn_with("receives", &mut there, |there| {
                    assert_eq!(there.recv().unwrap(), "0");
                    (ONE_PACKET.recv)(there, &mut Vec::new());
                })?;
                for message in &messages {
                    here.send(message.clone()).unwrap();
                }
                let reached = kill_at(child.pid(), at);
                let _either = child.join()?;
                Ok::<_, Error>(reached)
            })?;
            drop(here);
            let left = rest(there);
            let outcome = usize::from(left.len() == 2);
            assert_eq!(left, messages[2 - outcome..], "at {at}");
            Ok((reached, outcome))
        });
    assert!(counts.iter().all(|&count| count > 0), "{counts:?}");
}

fn is_over(end: &mut End) -> bool {
    matches!(end.recv_timeout(LONG), Err(RecvError::Disconnected))
}

/// All that can be received until the end.
fn rest(mut end: End) -> Vec<String> {
    let mut left = Vec::new();
    while let Some(message) = match end.recv_timeout(LONG) {
        Err(RecvError::Disconnected) => None,
        received => Some(received.unwrap().unwrap()),
    } {
        left.push(message);
    }
    left
}
