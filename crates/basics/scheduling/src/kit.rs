//! What the scenes and the bench use beside the simulator.
//!
//! | module | role |
//! |---|---|
//! | `chart` | a schedule as text: the Gantt chart and the table of times |
//! | `written` | jobs and policies as they are written on a command line |
//! | [`kernel`] | the same jobs under the kernel's own schedulers |
//! | [`show`] | a schedule in the terminal and in the picture |

mod chart;
pub mod kernel;
pub mod show;
mod written;

pub use written::WRITTEN;
