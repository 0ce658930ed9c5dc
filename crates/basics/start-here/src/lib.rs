//! One program in six steps: child, mails, join, lock, queue, kill.
//!
//! The counterpart of N2.4, N2.7, N2.10 and N2.13, as a first reading: a post office
//! that sends mails by child processes. Each scene is the one before it with one thing
//! more. There is no mechanism here; each step takes it from the topic that is about
//! it:
//!
//! | step | what it adds | from |
//! |---|---|---|
//! | `child` | a process of its own, with a copy of the memory | `processes` |
//! | `mails` | four at once | `processes` |
//! | `join` | how each of them ended | `processes` |
//! | `lock` | a number that all of them count in | `ticket-lock` |
//! | `queue` | work that is handed out piece by piece | `joinable-queue` |
//! | `kill` | a death in the middle of a piece | `joinable-queue` |

#![forbid(unsafe_code)]
