//! N2.10: two buyers look for a ticket, then buy it: 12 of 16 schedules sell it twice.

use interleavings::sync::atomic::{AtomicI64, Ordering::Relaxed};
use interleavings::{Limits, explore, thread};
use shared::{Result, claim, say};

pub fn play() -> Result {
    let report = explore(two_steps, Limits::default())?;
    say!("look, then buy: {report}");
    claim!(report.schedules == 16, "two buyers that look, then buy have 16 schedules");
    claim!(report.failures == 12, "12 of the 16 schedules sell the only ticket twice");

    let report = explore(one_step, Limits::default())?;
    say!("look and buy in one step: {report}");
    let counts = (report.schedules, report.failures);
    claim!(counts == (4, 0), "no schedule sells a ticket twice if it is one step");
    Ok(())
}

pub fn two_steps() {
    let sold = sold(look_then_buy);
    assert!(sold == 1, "tickets sold: {sold}");
}

pub fn one_step() {
    let sold = sold(buy_in_one_step);
    assert!(sold == 1, "tickets sold: {sold}");
}

/// How many tickets two buyers have got, of one.
fn sold(buy: fn(&AtomicI64) -> bool) -> i64 {
    let (left, sold) = (AtomicI64::new(1), AtomicI64::new(0));
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                if buy(&left) {
                    sold.fetch_add(1, Relaxed);
                }
            });
        }
    });
    sold.into_inner()
}

fn look_then_buy(left: &AtomicI64) -> bool {
    let seen = left.load(Relaxed);
    // What was seen may be out of date by now.
    if seen > 0 {
        left.store(seen - 1, Relaxed);
    }
    seen > 0
}

fn buy_in_one_step(left: &AtomicI64) -> bool {
    left.compare_exchange(1, 0, Relaxed, Relaxed).is_ok()
}
