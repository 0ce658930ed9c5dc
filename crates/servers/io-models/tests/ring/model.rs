//! Random sequences of writes, reads, cancellations and waits, against a model: each
//! source is a list of bytes, of which a read takes the first.

use std::io::Write as _;
use std::os::fd::AsFd as _;
use std::os::unix::net::UnixStream;
use std::time::Duration;

use io_models::{Completion, Kernel, Ticket};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

const SOURCES: usize = 3;

#[derive(Clone, Copy, Debug)]
enum Step {
    /// So many bytes are sent to a source.
    Write(usize, u8),
    /// A read of so many bytes is put, unless one of that source is under way.
    Read(usize, usize),
    /// The read of that source is cancelled, if there is one.
    Cancel(usize),
    Submit,
    /// What has completed is taken, without a wait.
    Look,
    /// A completion is waited for, for a moment.
    Wait,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (0..SOURCES, 1_u8..9).prop_map(|(source, count)| Step::Write(source, count)),
        (0..SOURCES, 1_usize..9).prop_map(|(source, most)| Step::Read(source, most)),
        (0..SOURCES).prop_map(Step::Cancel),
        Just(Step::Submit),
        Just(Step::Look),
        Just(Step::Wait),
    ]
}

/// What the model knows of a source.
#[derive(Default)]
struct Source {
    written: Vec<u8>,
    read: Vec<u8>,
    under_way: Option<(Ticket, usize)>,
    cancelled: bool,
}

/// Tries many sequences; a process has had its ring before, or is skipped.
pub fn check() {
    drop(super::ring(&Kernel::new(), 4));
    let mut runner = TestRunner::new(Config {
        cases: 200,
        failure_persistence: None,
        ..Config::default()
    });
    let steps = proptest::collection::vec(step(), 1..60);
    runner.run(&steps, |steps| run(&steps)).unwrap();
}

fn run(steps: &[Step]) -> Result<(), TestCaseError> {
    let kernel = Kernel::new();
    let pairs: Vec<_> = (0..SOURCES).map(|_| UnixStream::pair().unwrap()).collect();
    let mut model: Vec<_> = (0..SOURCES).map(|_| Source::default()).collect();
    let mut ring = super::ring(&kernel, 4);
    let mut next = 0_u8;
    for &step in steps {
        match step {
            Step::Write(source, count) => {
                let bytes: Vec<u8> =
                    (0..count).map(|it| next.wrapping_add(it)).collect();
                next = next.wrapping_add(count);
                (&pairs[source].1).write_all(&bytes).unwrap();
                model[source].written.extend(bytes);
            }
            Step::Read(source, most) if model[source].under_way.is_none() => {
                let ticket = ring.read(pairs[source].0.as_fd(), vec![0; most]).unwrap();
                model[source].under_way = Some((ticket, most));
                model[source].cancelled = false;
            }
            Step::Cancel(source) => {
                if let Some((ticket, _)) = model[source].under_way {
                    ring.cancel(ticket).unwrap();
                    model[source].cancelled = true;
                }
            }
            Step::Read(..) => {}
            Step::Submit => ring.submit().unwrap(),
            Step::Look => {
                while let Some(completion) = ring.completed() {
                    complete(&mut model, completion)?;
                }
            }
            Step::Wait => {
                let moment = Some(Duration::from_millis(1));
                if let Some(completion) = ring.wait(moment).unwrap() {
                    complete(&mut model, completion)?;
                }
            }
        }
    }
    // What the model says to be under way is, and no more.
    let under_way = model.iter().filter(|it| it.under_way.is_some()).count();
    prop_assert_eq!(ring.under_way(), under_way);
    drop(ring);
    for (source, (stream, peer)) in model.iter().zip(&pairs) {
        peer.shutdown(std::net::Shutdown::Write).unwrap();
        // A read that the drop has cancelled may have been quicker, and has taken at
        // most as many bytes as it asked for: those are lost with its buffer.
        let most = source.under_way.map_or(0, |(_, most)| most);
        let mut rest = Vec::new();
        std::io::Read::read_to_end(&mut &*stream, &mut rest).unwrap();
        prop_assert!(source.written.starts_with(&source.read));
        prop_assert!(source.written.ends_with(&rest));
        let lost = source.written.len() - source.read.len() - rest.len();
        prop_assert!(lost <= most, "{} of {} bytes", lost, most);
    }
    Ok(())
}

fn complete(model: &mut [Source], completion: Completion) -> Result<(), TestCaseError> {
    let ticket = completion.ticket;
    let is_it = |source: &&mut Source| {
        source.under_way.is_some_and(|(known, _)| known == ticket)
    };
    let source = model.iter_mut().find(is_it).expect("a read that is under way");
    let (_, most) = source.under_way.take().expect("as was seen");
    match completion.bytes() {
        Ok(bytes) => {
            prop_assert!(!bytes.is_empty() && bytes.len() <= most);
            source.read.extend(bytes);
            prop_assert!(source.written.starts_with(&source.read));
        }
        Err(error) => {
            prop_assert!(source.cancelled, "{}", error);
            prop_assert_eq!(error.raw_os_error(), Some(libc::ECANCELED));
        }
    }
    Ok(())
}
