//! Where the kernel refuses `io_uring`: a seccomp filter does here what it does in most
//! containers.

#![forbid(unsafe_code)]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::process::Command;

use io_models::{Error, Kernel, Ring};
use seccompiler::{BpfProgram, SeccompAction, SeccompFilter};
use shared::SKIPPED;

tests::main! {
    a_ring_that_is_forbidden_is_refused_with_the_reason,
    a_ring_that_the_kernel_has_not_is_refused_with_the_reason,
    scenes_that_need_a_ring_are_skipped_with_the_reason,
    scenes_that_need_no_ring_play_on,
}

/// Has the kernel answer `io_uring_setup` with this error, in this process and in those
/// that it starts.
fn refuse(errno: i32) {
    let filter = SeccompFilter::new(
        [(libc::SYS_io_uring_setup, Vec::new())].into(),
        SeccompAction::Allow,
        SeccompAction::Errno(errno as u32),
        std::env::consts::ARCH.try_into().unwrap(),
    );
    let program: BpfProgram = filter.unwrap().try_into().unwrap();
    seccompiler::apply_filter(&program).unwrap();
}

fn a_ring_that_is_forbidden_is_refused_with_the_reason() {
    refuse(libc::EPERM);
    let kernel = Kernel::new();
    let refused = Ring::new(&kernel, 8).unwrap_err();
    assert!(matches!(refused, Error::Refused { .. }));
    assert_eq!(
        refused.to_string(),
        "the kernel refuses io_uring: Operation not permitted (os error 1)"
    );
}

fn a_ring_that_the_kernel_has_not_is_refused_with_the_reason() {
    refuse(libc::ENOSYS);
    let kernel = Kernel::new();
    let polled = Ring::polled(&kernel, 8, std::time::Duration::from_secs(1));
    assert_eq!(
        polled.unwrap_err().to_string(),
        "the kernel refuses io_uring: Function not implemented (os error 38)"
    );
}

fn scenes_that_need_a_ring_are_skipped_with_the_reason() {
    refuse(libc::EPERM);
    for scene in ["asynchronous", "polled-ring", "ready-or-done", "compare"] {
        let played = program().arg(scene).output().unwrap();
        let said = String::from_utf8(played.stdout).unwrap();
        assert_eq!(played.status.code(), Some(i32::from(SKIPPED)), "{scene}: {said}");
        assert_eq!(String::from_utf8(played.stderr).unwrap(), "", "{scene}");
        let reason = "skipped: the kernel refuses io_uring: Operation not permitted";
        let lines: Vec<_> = said.lines().collect();
        // The heading, and the one line with reason and remedy: no claim before it.
        let [_, line] = lines[..] else { panic!("{scene}: {said}") };
        assert!(line.contains(reason), "{scene}: {said}");
        assert!(line.contains("kernel.io_uring_disabled=0"), "{scene}: {said}");
    }
}

fn scenes_that_need_no_ring_play_on() {
    refuse(libc::EPERM);
    for scene in ["blocking", "signal-driven", "posix-aio"] {
        let played = program().arg(scene).output().unwrap();
        let told = String::from_utf8(played.stderr).unwrap();
        assert!(played.status.success(), "{scene}: {told}");
    }
}

fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_io-models"))
}
