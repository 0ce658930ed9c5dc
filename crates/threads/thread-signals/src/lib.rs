//! Semaphore, event, condition, timer and barrier: threads that wait for each other.
