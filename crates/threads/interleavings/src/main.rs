//! The scenes of `interleavings`: faults and their cures, in the order of their
//! difficulty.

#![forbid(unsafe_code)]

use std::process::ExitCode;

use interleavings::program;
use shared::scene;

mod scenes {
    pub mod check_then_act;
    pub mod crosswise;
    pub mod lost_update;
    pub mod lost_wakeup;
    pub mod outcomes;
    pub mod with_a_lock;
}

fn main() -> ExitCode {
    shared::topic!()
        .scene(
            scene!(lost_update)
                .explores(program!(lost_update::one_turn_each))
                .explores(program!(lost_update::four_turns_each)),
        )
        .scene(
            scene!(with_a_lock)
                .explores(program!(with_a_lock::one_turn_each))
                .explores(program!(with_a_lock::two_turns_each)),
        )
        .scene(
            scene!(check_then_act)
                .explores(program!(check_then_act::two_steps))
                .explores(program!(check_then_act::one_step)),
        )
        .scene(
            scene!(crosswise)
                .explores(program!(crosswise::crosswise))
                .explores(program!(crosswise::in_order)),
        )
        .scene(
            scene!(lost_wakeup)
                .explores(program!(lost_wakeup::wait))
                .explores(program!(lost_wakeup::look_first)),
        )
        .scene(scene!(outcomes).explores(program!(outcomes::write_and_look)))
        .main()
}
