//! Coroutines that switch to each other by hand on one thread.
