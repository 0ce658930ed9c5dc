//! The scenes of `executors`, in the notes' order.

#![forbid(unsafe_code)]

use std::process::ExitCode;

use interleavings::program;
use shared::scene;

mod scenes {
    pub mod apply;
    pub mod apply_async;
    pub mod broken_worker;
    pub mod callback_as_completed;
    pub mod cancel;
    pub mod four_workers;
    pub mod results_in_order;
    pub mod screws;
    pub mod shutdown_then_results;
    pub mod terminate;
    pub mod threads_or_processes;
    pub mod tight_coupling;
    pub mod waiting_each_is_serial;
    pub mod who_calls_back;
}

fn main() -> ExitCode {
    shared::topic!()
        .scene(scene!(waiting_each_is_serial))
        .scene(scene!(results_in_order))
        .scene(scene!(who_calls_back))
        .scene(scene!(screws))
        .scene(
            scene!(cancel)
                .explores(program!(cancel::look_and_act))
                .explores(program!(cancel::one_decision)),
        )
        .scene(scene!(apply))
        .scene(scene!(apply_async))
        .scene(scene!(four_workers))
        .scene(scene!(broken_worker))
        .scene(scene!(shutdown_then_results))
        .scene(scene!(tight_coupling))
        .scene(scene!(callback_as_completed))
        .scene(scene!(threads_or_processes))
        .scene(scene!(terminate))
        .main()
}
