//! The tool and the server of faults as programs, as a user has them at a prompt.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tests::Ended;
use url_fetch::kit::{Fault, Server};

tests::main! {
    each_page_and_each_failure_has_a_line,
    pages_are_saved,
    ctrl_c_cancels_the_fetches,
    bad_options_are_named,
    faults_are_served_until_ctrl_c,
}

const PATIENCE: Duration = Duration::from_secs(50);

fn program() -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_url-fetch"));
    for proxy in ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"] {
        program.env_remove(proxy);
    }
    program
}

fn fetch(arguments: &[&str]) -> Ended {
    tests::run(program().arg("fetch").args(arguments), PATIENCE)
}

fn each_page_and_each_failure_has_a_line() {
    let server = Server::start().unwrap();
    let [good, missing] =
        [server.page("good", 48_860, 0.0), server.fault(Fault::NotFound)];
    let ended = fetch(&[&good, &missing, "nonsense"]);
    assert_eq!(ended.status.code(), Some(1));
    let lines: Vec<&str> = ended.stdout.lines().collect();
    assert_eq!(lines.len(), 1);
    assert!(lines[0].ends_with(&format!(" s  48860 bytes  {good}")), "{lines:?}");
    let errors: Vec<&str> = ended.stderr.lines().collect();
    assert_eq!(errors.len(), 3, "{errors:?}");
    let has = |end: &str| errors.iter().any(|line| line.contains(end));
    assert!(has(&format!(" s  failed  {missing}: status 404")), "{errors:?}");
    assert!(has(" s  failed  nonsense: not an http or https URL"), "{errors:?}");
    assert_eq!(errors[2], "url-fetch: 2 of 3 pages failed");

    let ended = fetch(&[&good]);
    assert!(ended.status.success() && ended.stderr.is_empty(), "{}", ended.stderr);
    let small = fetch(&["--max-bytes", "48859", &good]);
    assert!(small.stderr.contains(": more than 48859 bytes"), "{}", small.stderr);
}

fn pages_are_saved() {
    let folder = tempfile::tempdir().unwrap();
    let (server, into) = (Server::start().unwrap(), folder.path().join("pages"));
    let good = server.page("good", 48_860, 0.0);
    let ended = fetch(&["--save", into.to_str().unwrap(), &good]);
    assert!(ended.status.success(), "{}", ended.stderr);
    let files: Vec<_> =
        std::fs::read_dir(&into).unwrap().map(|file| file.unwrap()).collect();
    assert_eq!(files.len(), 1);
    let name = files[0].file_name().into_string().unwrap();
    assert!(name.starts_with("0001-127.0.0.1-") && name.ends_with("-good"), "{name}");
    assert_eq!(files[0].metadata().unwrap().len(), 48_860);
    // A page that cannot be written is a failure of that page.
    let file = into.join(name);
    let ended = fetch(&["--save", file.to_str().unwrap(), &good]);
    assert_eq!(ended.status.code(), Some(1));
    assert!(ended.stderr.starts_with("url-fetch: cannot create "), "{}", ended.stderr);
}

fn signal(program: &Child, signal: Signal) {
    kill(Pid::from_raw(program.id() as i32), signal).unwrap();
}

fn ctrl_c_cancels_the_fetches() {
    let server = Server::start().unwrap();
    let url = server.page("slow", 10, 36_000.0);
    let mut program = program()
        .args(["fetch", &url])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let wait = |wanted: fn(&url_fetch::kit::Counts) -> bool| {
        (0..10).any(|_| url_fetch::kit::block_on(server.has_seen(wanted)).unwrap())
    };
    assert!(wait(|counts| counts.waiting == 1));
    signal(&program, Signal::SIGINT);
    assert!(wait(|counts| counts.gone == 1));
    let mut told = String::new();
    program.stderr.take().unwrap().read_to_string(&mut told).unwrap();
    assert_eq!(program.wait().unwrap().code(), Some(1));
    assert_eq!(told, "url-fetch: interrupted: 0 of 1 pages had ended, 0 failed\n");
}

fn bad_options_are_named() {
    for (option, value, why) in [
        ("--at-once", "0", "the least is 1"),
        ("--at-once", "many", "it is a whole number up to "),
        ("--stall-timeout", "0", "it is a number of seconds above 0"),
        ("--total-timeout", "1e30", "it is a number of seconds above 0"),
        ("--connect-timeout", "nan", "it is a number of seconds above 0"),
        ("--max-bytes", "-1", "-1"),
    ] {
        let ended = fetch(&["http://127.0.0.1:1/", option, value]);
        assert_eq!(ended.status.code(), Some(2), "{option} {value}");
        assert!(ended.stderr.contains(why), "{option} {value}: {}", ended.stderr);
    }
    assert_eq!(fetch(&[]).status.code(), Some(2));
}

fn faults_are_served_until_ctrl_c() {
    let mut program = program()
        .args(["faults", "--port", "0"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let output = BufReader::new(program.stdout.take().unwrap());
    let lines = output.lines().take(1 + Fault::ALL.len()).map(Result::unwrap);
    let urls: Vec<String> = lines
        .map(|line| line.split_whitespace().next_back().unwrap().to_owned())
        .collect();
    let page = fetch(&[&urls[0]]);
    assert!(page.status.success(), "{}", page.stderr);
    for (fault, url) in Fault::ALL.iter().zip(&urls[1..]) {
        assert!(url.ends_with(&format!("/{fault}")), "{url}");
    }
    let taken = urls[0].split(['/', ':']).nth(4).unwrap();
    let second = tests::run(
        Command::new(env!("CARGO_BIN_EXE_url-fetch")).args(["faults", "--port", taken]),
        PATIENCE,
    );
    assert_eq!(second.status.code(), Some(1));
    let told = format!("url-fetch: cannot listen on 127.0.0.1:{taken}: ");
    assert!(second.stderr.starts_with(&told), "{}", second.stderr);
    signal(&program, Signal::SIGINT);
    assert!(program.wait().unwrap().success());
}
