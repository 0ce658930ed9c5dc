//! Programs whose scheduler is the reader.

use tests::until;

use super::browser::Page;
use super::{NARROW, PATIENCE, WIDE, chapter, open};

const TOPIC: &str = "interleavings";

/// The board of the chapter's first program: two threads that load, then store.
const BOARD: &str = ".scheduler";
const PROGRAM: &str = "lost-update/one-turn-each";

/// The state that the page shows.
#[derive(Debug, PartialEq, serde::Deserialize)]
struct Shown {
    count: String,
    /// The buttons of the threads that can go.
    can_go: Vec<usize>,
    rows: usize,
    hash: String,
}

fn shown(page: &Page) -> Shown {
    page.eval(&format!(
        "(board => ({{
            count: board.querySelector('p').innerText,
            can_go: [...board.querySelectorAll('.choices:nth-of-type(1) button')]
                .flatMap((it, number) => it.disabled ? [] : [number + 1]),
            rows: board.querySelectorAll('tr').length,
            hash: location.hash,
        }}))(document.querySelector('{BOARD}'))"
    ))
}

fn take(thread: usize) -> String {
    format!("{BOARD} .choices:nth-of-type(1) button:nth-child({thread})")
}

fn other(number: usize) -> String {
    format!("{BOARD} .choices:nth-of-type(2) button:nth-child({number})")
}

pub fn the_reader_is_the_scheduler() {
    let page = open(WIDE);
    page.go(&chapter(&page, TOPIC));
    let begin = shown(&page);
    assert_eq!(begin.count, "6 schedules left, 4 of them fail");
    assert_eq!((&begin.can_go[..], begin.rows), (&[1, 2][..], 0));

    page.click(&take(1));
    let first = shown(&page);
    assert_eq!(first.count, "3 schedules left, 2 of them fail");
    assert_eq!(first.hash, format!("#{PROGRAM}@1"));
    assert_eq!(first.rows, 2, "a head and a step");
    let lit: usize = page.eval("document.querySelectorAll('.lit').length");
    assert_eq!(lit, 1, "the line of the step is lit");

    page.click(&take(1));
    assert_eq!(shown(&page).count, "1 schedule left, 0 of them fail");
    assert_eq!(shown(&page).can_go, [2], "thread 1 has ended");
    page.press("Backspace");
    assert_eq!(shown(&page), first);

    for key in ["2", "2", "1"] {
        page.press(key);
    }
    let lost = shown(&page);
    assert_eq!(lost.count, "panic: decrements lost: 1 · schedule 1,2,2,1");
    assert_eq!((lost.can_go.len(), lost.rows), (0, 5));

    // Start again, and the shortest failure.
    page.click(&other(2));
    assert_eq!(shown(&page).count, begin.count);
    page.click(&other(3));
    assert_eq!(shown(&page).count, lost.count);
    assert_eq!(page.errors(), [""; 0]);
}

pub fn a_schedule_is_a_link() {
    let page = open(NARROW);
    let path = chapter(&page, TOPIC);
    page.go(&format!("{path}#{PROGRAM}@1,1"));
    let linked = shown(&page);
    assert_eq!(linked.count, "1 schedule left, 0 of them fail");
    assert_eq!(linked.rows, 3);
    let top: f64 = page.eval(&format!(
        "document.querySelector('{BOARD}').getBoundingClientRect().top"
    ));
    assert!((0.0..844.0).contains(&top), "the board is in view: {top}");

    // What cannot be played is played as far as it goes.
    page.eval::<String>(&format!("location.hash = '#{PROGRAM}@1,1,1,2'"));
    until("the other schedule is there", PATIENCE, || {
        shown(&page).hash == format!("#{PROGRAM}@1,1")
    });
    page.touch(&take(2));
    until("the touch takes a step", PATIENCE, || shown(&page).rows == 4);
    let wider: bool = page.eval("document.documentElement.scrollWidth > innerWidth");
    assert!(!wider, "the page does not scroll sideways");
    assert_eq!(page.errors(), [""; 0]);
}
