//! The scenes of `producer-consumer`, in the notes' order.

#![forbid(unsafe_code)]

use std::process::ExitCode;

use shared::{Scene, scene};

mod scenes {
    pub mod r#async;
    pub mod back_pressure;
    pub mod many_to_many;
    pub mod methods;
    pub mod sentinel;
    pub mod threads;
}

fn main() -> ExitCode {
    shared::topic!()
        .scene(scene!(methods))
        .scene(scene!(back_pressure))
        .scene(scene!(sentinel))
        .scene(scene!(threads))
        .scene(scene!(many_to_many))
        // A keyword of Rust, so its module cannot be named as its file is.
        .scene(Scene::new(
            "async",
            include_str!("scenes/async.rs"),
            scenes::r#async::play,
        ))
        .main()
}
