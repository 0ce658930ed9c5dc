//! How long a selector waits.

use super::*;

over_each_backend! {
    a_timeout_of_zero_does_not_wait
    a_timeout_is_waited_for_in_full
    a_short_timeout_is_rounded_up
    a_very_long_timeout_is_no_error
    a_signal_does_not_end_the_wait
}

fn a_timeout_of_zero_does_not_wait<B: Backend>() {
    let (a, _b) = pair();
    let mut selector = made::<_, _, B>();
    selector.register(&a, Events::READ, ()).unwrap();
    let mut times = [Duration::ZERO; 99].map(|_| {
        let begin = Instant::now();
        assert_eq!(selector.select(NOW).unwrap(), []);
        begin.elapsed()
    });
    // The least that poll and epoll can wait is 1 ms. A busy machine may hold up some
    // of the calls, but not most.
    times.sort();
    assert!(times[49] < Duration::from_micros(900), "{times:?}");
}

fn a_timeout_is_waited_for_in_full<B: Backend>() {
    let (a, _b) = pair();
    let mut selector = made::<_, _, B>();
    selector.register(&a, Events::READ, ()).unwrap();
    let begin = Instant::now();
    assert_eq!(selector.select(Some(Duration::from_millis(30))).unwrap(), []);
    assert!(begin.elapsed() >= Duration::from_millis(30));
}

fn a_short_timeout_is_rounded_up<B: Backend>() {
    let mut selector = made::<UnixStream, (), B>();
    let begin = Instant::now();
    assert_eq!(selector.select(Some(Duration::from_nanos(1_500_001))).unwrap(), []);
    assert!(begin.elapsed() >= Duration::from_nanos(1_500_001));
}

fn a_very_long_timeout_is_no_error<B: Backend>() {
    for long in [Duration::from_secs(u32::MAX.into()), Duration::MAX] {
        let (a, mut b) = pair();
        let mut selector = made::<_, _, B>();
        let id = selector.register(&a, Events::READ, ()).unwrap();
        b.write_all(b"!").unwrap();
        assert_eq!(selector.select(Some(long)).unwrap(), [(id, Events::READ)]);
    }
}

fn a_signal_does_not_end_the_wait<B: Backend>() {
    // The handler and what it has seen belong to the process, and this test runs once
    // for each backend.
    static ALONE: Mutex<()> = Mutex::new(());
    static SEEN: AtomicBool = AtomicBool::new(false);
    extern "C" fn seen(_signal: i32) {
        SEEN.store(true, Ordering::SeqCst);
    }
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    // No SA_RESTART, though these system calls are never restarted anyway, see
    // signal(7).
    let action =
        SigAction::new(SigHandler::Handler(seen), SaFlags::empty(), SigSet::empty());
    // SAFETY: the handler does no more than store to an atomic.
    unsafe { sigaction(Signal::SIGUSR2, &action) }.unwrap();
    let (a, mut b) = pair();
    let mut selector = made::<_, _, B>();
    let id = selector.register(&a, Events::READ, ()).unwrap();
    let waiting = pthread_self();
    SEEN.store(false, Ordering::SeqCst);
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            // The thread may not be waiting yet at the first of them; it is, at one of
            // many.
            for _ in 0..50 {
                pthread_kill(waiting, Signal::SIGUSR2).unwrap();
                std::thread::sleep(Duration::from_millis(1));
            }
            over.store(true, Ordering::SeqCst);
            b.write_all(b"!").unwrap();
        });
        assert_eq!(
            selector.select(Some(Duration::from_secs(30))).unwrap(),
            [(id, Events::READ)]
        );
        assert!(over.load(Ordering::SeqCst) && SEEN.load(Ordering::SeqCst));
    });
}
