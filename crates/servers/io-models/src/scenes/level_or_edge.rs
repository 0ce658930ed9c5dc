//! N3.9: epoll reports what can be read: always, when more arrives, or once.

use std::io::Write as _;
use std::os::unix::net::UnixStream;
use std::time::Duration;

use io_models::{Epoll, Kernel, Trigger};
use shared::{Result, claim, say};

/// The numbers of the three ways.
const WAYS: [(u64, Trigger); 3] =
    [(0, Trigger::Level), (1, Trigger::Edge), (2, Trigger::OneShot)];

pub fn play() -> Result {
    let kernel = Kernel::new();
    let (source, mut peer) = UnixStream::pair()?;
    let mut epolls = Vec::new();
    for (number, trigger) in WAYS {
        let epoll = Epoll::new(&kernel)?;
        epoll.add(&source, number, trigger)?;
        epolls.push(epoll);
    }
    // A look at all three, without a wait: which report the source?
    let look = |when: &str| -> Result<[bool; 3]> {
        let mut reports = [false; 3];
        for epoll in &epolls {
            for number in epoll.wait(Some(Duration::ZERO))? {
                reports[number as usize] = true;
            }
        }
        let [level, edge, once] = reports.map(|it| if it { "ready" } else { "-" });
        say!("{when}: level {level}, edge {edge}, one-shot {once}");
        Ok(reports)
    };

    claim!(look("before")? == [false; 3], "a silent source is not reported");

    peer.write_all(b"ab")?;
    claim!(look("two bytes arrive")? == [true; 3], "bytes that arrive are reported");

    kernel.recv(&source, &mut [0; 1])?;
    let [level, edge, once] = look("one of them is read")?;
    claim!(level, "a byte that is left unread is reported again by level");
    claim!(!edge, "a byte that is left unread is not reported again by edge");

    peer.write_all(b"c")?;
    let [_, edge, still_once] = look("a third byte arrives")?;
    claim!(edge, "another byte is a new edge, and is reported");
    claim!(
        !once && !still_once,
        "a one-shot watch reports nothing more, not even a byte that arrives"
    );

    epolls[2].rearm(&source, 2)?;
    let [.., once] = look("rearmed")?;
    claim!(once, "a one-shot watch that is rearmed reports what is still unread");

    kernel.recv(&source, &mut [0; 2])?;
    claim!(look("all is read")? == [false; 3], "a source that was read out is silent");
    Ok(())
}
