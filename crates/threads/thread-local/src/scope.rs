//! A future with values of its own.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use crate::flow::{self, Adds};
use crate::table::Table;

pin_project! {
    /// A future with values of its own, made by [`Local::scope`](crate::Local::scope)
    /// or [`Context::scope`](crate::Context::scope).
    ///
    /// The values are in place while the future is polled and while it is dropped, on
    /// whatever thread that happens. They are dropped with it.
    #[must_use = "futures do nothing unless they are polled"]
    pub struct Scoped<F> {
        // Empty once it is being dropped.
        #[pin]
        future: Option<F>,
        adds: Adds,
        table: Table,
    }

    impl<F> PinnedDrop for Scoped<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            flow::within(this.table, *this.adds, || this.future.set(None));
        }
    }
}

impl<F> Scoped<F> {
    pub(crate) fn new(future: F, adds: Adds, table: Table) -> Self {
        Self { future: Some(future), adds, table }
    }
}

impl<F: Future> Future for Scoped<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        flow::within(this.table, *this.adds, || match this.future.as_pin_mut() {
            Some(future) => future.poll(context),
            None => unreachable!("a future is not polled while it is dropped"),
        })
    }
}

/// Shows neither the future nor the values, so both may be of any type.
impl<F> fmt::Debug for Scoped<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scoped").finish_non_exhaustive()
    }
}
