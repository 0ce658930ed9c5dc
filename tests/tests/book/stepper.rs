//! Runs that are stepped through in the browser.

use tests::until;

use super::browser::Page;
use super::{NARROW, PATIENCE, WIDE, chapter, open};

const TOPIC: &str = "joinable-queue";
const SCENE: &str = "apples";

/// The parts of the page that belong to the scene: those between its heading and the
/// next one.
fn part(selector: &str) -> String {
    format!("h2#{SCENE} ~ {selector}")
}

/// The state that the page shows: the step by its number, the line of the run and the
/// line of the source that are lit, and the place of the cursor in the picture.
#[derive(Debug, PartialEq, serde::Deserialize)]
struct Shown {
    count: String,
    run: Vec<String>,
    source: usize,
    cursor: f64,
    hash: String,
}

fn shown(page: &Page) -> Shown {
    let bar = part(".stepper");
    let picture = part(".picture");
    page.eval(&format!(
        "({{
            count: document.querySelector('{bar} > span').innerText,
            run: [...document.querySelectorAll('.step.now')].map(it => it.innerText),
            source: document.querySelectorAll('.lit').length,
            cursor: Number(document.querySelector('{picture} line.tl-cursor')
                .getAttribute('x1')),
            hash: location.hash,
        }})"
    ))
}

fn steps(page: &Page) -> usize {
    let lines = part("figure .run");
    page.eval(&format!(
        "document.querySelector('{lines}').querySelectorAll('.step').length"
    ))
}

pub fn a_run_is_stepped_by_buttons_and_keys() {
    let page = open(WIDE);
    page.go(&chapter(&page, TOPIC));
    let steps = steps(&page);
    let bar = part(".stepper");
    assert_eq!(shown(&page).count, format!("{steps} steps"));

    page.click(&format!("{bar} button:nth-of-type(2)"));
    let first = shown(&page);
    assert_eq!(first.count, format!("1 of {steps}"));
    assert_eq!(first.hash, format!("#{SCENE}@1"));
    assert_eq!(first.run.len(), 1, "{first:?}");
    assert_eq!(first.source, 1, "the line of the scene that printed it is lit");

    page.press("ArrowRight");
    let second = shown(&page);
    assert_eq!(second.count, format!("2 of {steps}"));
    assert!(second.run != first.run && second.cursor >= first.cursor, "{second:?}");
    page.press("End");
    let last = shown(&page);
    assert_eq!(last.count, format!("{steps} of {steps}"));
    assert!(last.cursor > first.cursor, "{last:?}");
    page.press("ArrowRight");
    assert_eq!(shown(&page), last, "there is no step behind the last one");
    page.press("Home");
    assert_eq!(shown(&page), first);

    page.click(&format!("{bar} button:nth-of-type(3)"));
    until("it plays", PATIENCE, || shown(&page).count == format!("4 of {steps}"));
    page.click(&format!("{bar} button:nth-of-type(3)"));
    let paused: String = page.eval(&format!(
        "document.querySelector('{bar} button:nth-of-type(3)').innerText"
    ));
    assert_eq!(paused, "Play");
    assert_eq!(page.errors(), [""; 0]);
}

pub fn a_step_is_found_by_a_click_and_is_a_link() {
    let page = open(NARROW);
    let path = chapter(&page, TOPIC);
    page.go(&format!("{path}#{SCENE}@3"));
    let linked = shown(&page);
    let steps = steps(&page);
    assert_eq!(linked.count, format!("3 of {steps}"));

    page.click(&part("figure .run .step:last-child"));
    let last = shown(&page);
    assert_eq!(last.count, format!("{steps} of {steps}"));
    // On a telephone the picture scrolls to the moment, and the names of its lanes go
    // with it.
    let (scrolled, name, left): (f64, f64, f64) = page.eval(&format!(
        "(it => [it.scrollLeft,
            it.querySelector('.tl-name').getBoundingClientRect().left,
            it.getBoundingClientRect().left])(document.querySelector('{}'))",
        part(".picture")
    ));
    assert!(scrolled > 0.0, "the end of the run is out of sight at first");
    assert!((name - left).abs() < 40.0, "{name} is near {left}");
    page.click(&part(".picture"));
    assert_ne!(shown(&page).count, last.count, "the middle of the picture is sooner");
    assert_eq!(page.errors(), [""; 0]);
}
