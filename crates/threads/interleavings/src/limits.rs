//! How far an exploration goes.

/// How far an exploration goes: through every schedule, unless it is told otherwise.
///
/// ```
/// use interleavings::Limits;
///
/// let all = Limits::default();
/// let few = Limits::default().preemptions(2).schedules(10_000);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    pub(crate) search: Search,
    pub(crate) schedules: u64,
    pub(crate) steps: usize,
    pub(crate) keep: usize,
}

/// Which schedules are tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Search {
    All,
    Preemptions(u32),
    Distinct,
}

impl Default for Limits {
    /// Every schedule, up to 100,000 of them, of at most 1,000 steps each.
    fn default() -> Self {
        Self { search: Search::All, schedules: 100_000, steps: 1_000, keep: 0 }
    }
}

impl Limits {
    /// Only the schedules in which threads are preempted at most so often: a thread
    /// that could go on has to wait while another one takes a step.
    ///
    /// Their number grows far more slowly with the length of the program, and most
    /// faults need no more than two.
    #[must_use]
    pub fn preemptions(self, most: u32) -> Self {
        Self { search: Search::Preemptions(most), ..self }
    }

    /// Only one of all schedules that differ in nothing but the order of steps that do
    /// not concern each other, such as two loads, or stores to two atomics.
    #[must_use]
    pub fn distinct(self) -> Self {
        Self { search: Search::Distinct, ..self }
    }

    /// Stops after so many schedules; the report is then not complete.
    #[must_use]
    pub fn schedules(self, most: u64) -> Self {
        Self { schedules: most, ..self }
    }

    /// Cuts a schedule short after so many steps; the report is then not complete.
    #[must_use]
    pub fn steps(self, most: usize) -> Self {
        Self { steps: most, ..self }
    }
    /// Has the first schedules of all, so many of them, whole in the report.
    #[must_use]
    pub fn keep(self, most: usize) -> Self {
        Self { keep: most, ..self }
    }
}
