//! The book in a browser, as `cargo xtask book --serve` serves it.
//!
//! Needs Chromium and mdbook. Without them these tests count as ignored; in CI they
//! fail.

mod browser;
mod chromium;
mod scheduler;
mod stepper;

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use browser::Page;
use chromium::Chromium;
use libtest_mimic::{Arguments, Trial};
use nix::sys::signal::Signal;
use scheduler::{a_schedule_is_a_link, the_reader_is_the_scheduler};
use serde::Deserialize;
use stepper::{
    a_run_is_stepped_by_buttons_and_keys, a_step_is_found_by_a_click_and_is_a_link,
};
use tests::{Ended, LONG, Running, run, start, topics, until, xtask};

/// A wide screen and a telephone's.
const WIDE: (u32, u32) = (1400, 1000);
const NARROW: (u32, u32) = (390, 844);

const THEMES: [&str; 5] = ["light", "rust", "coal", "navy", "ayu"];

/// The time that a page may take for anything on a machine that is busy otherwise.
const PATIENCE: Duration = Duration::from_mins(1);

macro_rules! trials {
    ($missing:expr; $($test:ident),+ $(,)?) => {
        vec![$(Trial::test(stringify!($test), || {
            $test();
            Ok(())
        })
        .with_ignored_flag($missing)),+]
    };
}

// Not under the harness of the tests that fork: all tests share one server, since it
// draws every picture of the book before it serves.
fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    arguments.test_threads.get_or_insert(1);
    let missing = missing();
    assert!(
        missing.is_none() || std::env::var_os("CI").is_none(),
        "CI must have {}",
        missing.unwrap_or_default()
    );
    if let Some(missing) = missing {
        eprintln!("ignored: these tests need {missing}");
    }
    let trials = trials![
        missing.is_some();
        every_page_loads_whole_and_from_here,
        python_and_rust_stand_side_by_side_where_there_is_room,
        no_page_is_wider_than_a_telephone,
        search_finds_english_and_chinese,
        keys_turn_the_pages,
        a_run_is_stepped_by_buttons_and_keys,
        a_step_is_found_by_a_click_and_is_a_link,
        the_reader_is_the_scheduler,
        a_schedule_is_a_link,
        every_theme_can_be_read,
        on_paper_every_line_and_picture_is_whole,
        ctrl_c_ends_the_server,
    ];
    let conclusion = libtest_mimic::run(&arguments, trials);
    // A static is never dropped. The last test has ended the server, unless the command
    // line has asked for other tests only.
    if let Some(served) = SERVED.lock().unwrap_or_else(PoisonError::into_inner).take() {
        served.end();
    }
    conclusion.exit_code()
}

/// What `cargo xtask doctor` has looked for.
#[derive(Deserialize)]
struct Finding {
    what: String,
    there: bool,
}

/// The programs that these tests need and this machine lacks.
fn missing() -> Option<&'static str> {
    if Chromium::name().is_none() {
        return Some("Chromium (apt install chromium)");
    }
    let doctor = run(xtask().args(["doctor", "--json"]), LONG);
    let findings: Vec<Finding> = serde_json::from_str(&doctor.stdout).expect("JSON");
    let mdbook = findings
        .iter()
        .find(|finding| finding.what.starts_with("mdbook"))
        .expect("the doctor knows of it");
    (!mdbook.there).then_some("mdbook (cargo xtask book installs it)")
}

/// The book, served.
struct Served {
    server: Running,
    port: u16,
}

impl Served {
    fn start() -> Self {
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .and_then(|it| it.local_addr())
            .expect("a port")
            .port();
        let server =
            start(xtask().args(["book", "--serve", "--port", &port.to_string()]));
        until("the book is served", LONG, || answers(port));
        Self { server, port }
    }

    /// Sends it what Ctrl-C sends.
    fn end(self) -> Ended {
        self.server.signal(Signal::SIGINT);
        self.server.wait(LONG)
    }
}

/// It is started once for all tests.
static SERVED: Mutex<Option<Served>> = Mutex::new(None);

/// A page of the book in a browser of its own, at the introduction.
fn open((width, height): (u32, u32)) -> Page {
    let port =
        SERVED.lock().expect("it has started").get_or_insert_with(Served::start).port;
    let page = Page::open(&format!("http://127.0.0.1:{port}/"), width, height);
    page.go("index.html");
    page
}

fn answers(port: u16) -> bool {
    let Ok(mut stream) = TcpStream::connect((Ipv4Addr::LOCALHOST, port)) else {
        return false;
    };
    let mut answer = String::new();
    let asked = stream
        .write_all(b"GET / HTTP/1.0\r\n\r\n")
        .and_then(|()| stream.read_to_string(&mut answer));
    asked.is_ok() && answer.starts_with("HTTP/1.0 200")
}

/// The paths of all pages, in the order of the table of contents.
fn paths(page: &Page) -> Vec<String> {
    let links: Vec<String> = page.all("#mdbook-sidebar a", "it.pathname + it.hash");
    let paths = links.into_iter().filter(|link| !link.contains('#'));
    paths.map(|path| path.trim_start_matches('/').to_owned()).collect()
}

/// The path of a topic's chapter.
fn chapter(page: &Page, topic: &str) -> String {
    let file = format!("/{topic}.html");
    paths(page)
        .into_iter()
        .find(|path| path.ends_with(&file))
        .unwrap_or_else(|| panic!("{topic} has no chapter"))
}

fn every_page_loads_whole_and_from_here() {
    let page = open(WIDE);
    let mut left: BTreeSet<&str> =
        topics().iter().map(|topic| topic.name.as_str()).collect();
    for path in paths(&page) {
        page.go(&path);
        assert_eq!(page.errors(), [""; 0], "{path}");
        let title: String = page.eval("document.querySelector('main h1').innerText");
        assert!(!title.is_empty(), "{path}");
        let faults: usize = page.eval("document.querySelectorAll('.fault').length");
        assert_eq!(faults, 0, "{path}");

        let name = path.rsplit('/').next().and_then(|file| file.strip_suffix(".html"));
        let Some(topic) =
            topics().iter().find(|topic| name == Some(topic.name.as_str()))
        else {
            continue;
        };
        left.remove(topic.name.as_str());
        let sizes: Vec<(f64, f64)> = page.all(
            ".picture svg",
            "(it => [it.width, it.height])(it.getBoundingClientRect())",
        );
        assert_eq!(
            sizes.len(),
            topic.scenes.len(),
            "{path} has a picture for each scene"
        );
        assert!(
            sizes.iter().all(|(width, height)| *width > 300.0 && *height > 30.0),
            "{path}: {sizes:?}"
        );
        let silent: Vec<bool> =
            page.all(".refused", "!it.innerText.includes('error[E')");
        assert!(!silent.contains(&true), "{path}: the compiler says why it refuses");
        let joined: Vec<bool> = page.all(
            ".run .step + .step",
            "it.getBoundingClientRect().top
                < it.previousElementSibling.getBoundingClientRect().bottom",
        );
        assert!(!joined.contains(&true), "{path}: each line of a run has its own");
        let copied: Vec<bool> = page
            .all(".twins pre:not(.run)", "it.querySelector('.clip-button') !== null");
        assert!(
            copied.len() >= 2 * topic.scenes.len() && copied.iter().all(|it| *it),
            "{path}: a copy button each"
        );
    }
    assert!(left.is_empty(), "without a chapter: {left:?}");
}

/// Where the two halves of each pair stand, in pixels: left, top, right, bottom.
fn pairs(page: &Page) -> Vec<[[i32; 4]; 2]> {
    page.all(
        ".twins",
        "[...it.children].map(it => it.getBoundingClientRect())
            .map(it => [it.left, it.top, it.right, it.bottom].map(Math.round))",
    )
}

fn python_and_rust_stand_side_by_side_where_there_is_room() {
    let page = open(WIDE);
    for topic in topics() {
        let path = chapter(&page, &topic.name);
        page.resize(WIDE.0, WIDE.1);
        page.go(&path);
        let wide = pairs(&page);
        assert!(wide.len() >= topic.scenes.len(), "{path}");
        for [python, rust] in &wide {
            assert!(
                python[1] == rust[1] && python[2] <= rust[0],
                "{path}: {python:?} {rust:?}"
            );
            assert!(
                python[2] - python[0] > 250 && rust[2] - rust[0] > 400,
                "{path}: {python:?} {rust:?}"
            );
            assert!(rust[2] <= WIDE.0 as i32, "{path}: {rust:?}");
        }
        page.resize(NARROW.0, NARROW.1);
        for [python, rust] in &pairs(&page) {
            assert!(
                python[0] == rust[0] && python[3] <= rust[1],
                "{path}: {python:?} {rust:?}"
            );
        }
        assert_eq!(page.errors(), [""; 0], "{path}");
    }
}

fn no_page_is_wider_than_a_telephone() {
    let page = open(NARROW);
    for path in paths(&page) {
        page.go(&path);
        let wide: Vec<String> = page.eval(
            "[...document.querySelectorAll('html, .content, main, main > *')]
                .filter(it => it.getBoundingClientRect().right > innerWidth
                    || (it.scrollWidth > it.clientWidth
                        && it.matches('html, .content, main')))
                .map(it => it.outerHTML.slice(0, 80))",
        );
        assert_eq!(wide, [""; 0], "{path}");
    }
}

fn search_finds_english_and_chinese() {
    let scene = "semaphore";
    let topic = topics()
        .iter()
        .find(|topic| topic.scenes.iter().any(|it| it.name == scene))
        .expect("a topic");
    for words in [scene, "信号量"] {
        let page = open(WIDE);
        page.press("/");
        until("the search has begun", PATIENCE, || {
            page.eval("document.activeElement.id === 'mdbook-searchbar'")
        });
        page.enter(words);
        let found =
            || -> Vec<String> { page.all("#mdbook-searchresults a", "it.pathname") };
        let chapter = format!("/{}.html", topic.name);
        until("the chapter is found", PATIENCE, || {
            found().iter().any(|path| path.ends_with(&chapter))
        });
        assert!(
            found()[0].ends_with(&chapter),
            "{words}: before all others, of {:?}",
            found()
        );
        let marked: Vec<String> = page.all("#mdbook-searchresults em", "it.innerText");
        assert!(
            marked.iter().any(|it| it.contains(words)),
            "{words} is marked where it stands: {marked:?}"
        );
        assert_eq!(page.errors(), [""; 0], "{words}");
    }
}

fn keys_turn_the_pages() {
    let page = open(WIDE);
    let paths = paths(&page);
    page.go(&paths[0]);
    page.press("ArrowRight");
    let at =
        |path: &str| page.eval::<String>("location.pathname") == format!("/{path}");
    until("the next page is there", PATIENCE, || at(&paths[1]));
    until("it is whole", PATIENCE, || page.eval("document.readyState === 'complete'"));
    page.press("ArrowLeft");
    until("the page before is there", PATIENCE, || at(&paths[0]));
}

/// The least contrast of all text in a page with what is behind it, as WCAG 2 defines
/// it, and the text.
const LEAST_CONTRAST: &str = include_str!("contrast.js");

fn every_theme_can_be_read() {
    let page = open(WIDE);
    let chapter = chapter(&page, &topics()[0].name);
    for theme in THEMES {
        page.go(&chapter);
        page.click("#mdbook-theme-toggle");
        page.click(&format!("#mdbook-theme-{theme}"));
        until("the theme is there", PATIENCE, || {
            page.eval(&format!(
                "document.documentElement.classList.contains('{theme}')"
            ))
        });
        let (contrast, text): (f64, String) = page.eval(LEAST_CONTRAST.trim_end());
        assert!(contrast >= 3.0, "{theme}: {contrast:.2} for {text:?}");
    }
    assert_eq!(page.errors(), [""; 0]);
}

fn on_paper_every_line_and_picture_is_whole() {
    // A4 without its margins.
    let page = open((718, 1000));
    page.print();
    for topic in topics() {
        let path = chapter(&page, &topic.name);
        page.go(&path);
        let cut: Vec<String> = page.all(
            ".content pre, .content pre > code, .picture",
            "it.scrollWidth > it.clientWidth + 1 ? it.outerHTML.slice(0, 80) : ''",
        );
        assert!(cut.iter().all(String::is_empty), "{path}: {cut:?}");
        let pressed: Vec<bool> = page.all(
            "#mdbook-sidebar, #mdbook-menu-bar, .stepper, .buttons",
            "it.checkVisibility()",
        );
        assert!(!pressed.contains(&true), "{path}: nothing to press is printed");
    }
}

fn ctrl_c_ends_the_server() {
    let served =
        SERVED.lock().expect("it has started").take().unwrap_or_else(Served::start);
    let port = served.port;
    let ended = served.end();
    assert_eq!(ended.status.code(), Some(130), "{}", ended.stderr);
    assert_eq!(ended.stderr.lines().last(), Some("interrupted"), "{}", ended.stderr);
    assert!(
        ended.stdout.starts_with(&format!("http://127.0.0.1:{port}/ ")),
        "{}",
        ended.stdout
    );
    assert!(
        TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err(),
        "no process listens any more"
    );
}
