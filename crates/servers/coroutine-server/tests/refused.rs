//! Where the kernel refuses `io_uring`: a seccomp filter does here what it does in most
//! containers.

#![forbid(unsafe_code)]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::process::Command;

use coroutine_server::{Error, Ring};
use seccompiler::{BpfProgram, SeccompAction, SeccompFilter};
use shared::SKIPPED;

tests::main! {
    a_ring_that_is_forbidden_is_refused_with_the_reason,
    scenes_that_need_a_ring_are_skipped_with_the_reason,
    scenes_that_need_no_ring_play_on,
    a_server_by_the_ring_says_the_reason_in_a_line,
}

/// Has the kernel refuse `io_uring_setup`, to this process and to those that it starts.
fn refuse() {
    let filter = SeccompFilter::new(
        [(libc::SYS_io_uring_setup, Vec::new())].into(),
        SeccompAction::Allow,
        SeccompAction::Errno(libc::EPERM as u32),
        std::env::consts::ARCH.try_into().unwrap(),
    );
    let program: BpfProgram = filter.unwrap().try_into().unwrap();
    seccompiler::apply_filter(&program).unwrap();
}

const REASON: &str = "the kernel refuses io_uring: Operation not permitted";

fn a_ring_that_is_forbidden_is_refused_with_the_reason() {
    refuse();
    let refused = Ring::new().unwrap_err();
    assert!(matches!(refused, Error::Refused { .. }));
    assert_eq!(refused.to_string(), format!("{REASON} (os error 1)"));
}

fn scenes_that_need_a_ring_are_skipped_with_the_reason() {
    refuse();
    for scene in ["ring", "cost"] {
        let played = program().arg(scene).output().unwrap();
        let said = String::from_utf8(played.stdout).unwrap();
        assert_eq!(played.status.code(), Some(i32::from(SKIPPED)), "{scene}: {said}");
        assert_eq!(String::from_utf8(played.stderr).unwrap(), "", "{scene}");
        let lines: Vec<_> = said.lines().collect();
        // The heading, and the one line with reason and remedy: no claim before it.
        let [_, line] = lines[..] else { panic!("{scene}: {said}") };
        assert!(line.contains(REASON), "{scene}: {said}");
        assert!(line.contains("kernel.io_uring_disabled=0"), "{scene}: {said}");
    }
}

fn scenes_that_need_no_ring_play_on() {
    refuse();
    for scene in ["may", "tokio", "one-thread", "hundred-clients"] {
        let played = program().arg(scene).output().unwrap();
        let told = String::from_utf8(played.stderr).unwrap();
        assert!(played.status.success(), "{scene}: {told}");
    }
}

fn a_server_by_the_ring_says_the_reason_in_a_line() {
    refuse();
    let options = ["serve", "--by", "ring", "--port", "0"];
    let served = program().args(options).output().unwrap();
    let told = String::from_utf8(served.stderr).unwrap();
    assert_eq!(served.status.code(), Some(1), "{told}");
    assert_eq!(told, format!("coroutine-server: {REASON} (os error 1)\n"));
}

fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_coroutine-server"))
}
