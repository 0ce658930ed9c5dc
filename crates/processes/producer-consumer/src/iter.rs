//! The items of a queue as iterators.

use std::iter::FusedIterator;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{GetError, ProcessQueue};

/// The items of a queue until it is closed and empty ([`ProcessQueue::iter`]).
#[derive(Debug)]
pub struct Iter<'q, T>(pub(crate) &'q ProcessQueue<T>);

impl<T: Serialize + DeserializeOwned> Iterator for Iter<'_, T> {
    type Item = Result<T, GetError>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.0.get() {
            Err(GetError::Closed) => None,
            got => Some(got),
        }
    }
}

/// A queue that is closed and empty remains so.
impl<T: Serialize + DeserializeOwned> FusedIterator for Iter<'_, T> {}

impl<'q, T: Serialize + DeserializeOwned> IntoIterator for &'q ProcessQueue<T> {
    type Item = Result<T, GetError>;
    type IntoIter = Iter<'q, T>;

    fn into_iter(self) -> Iter<'q, T> {
        self.iter()
    }
}

impl<T: Serialize + DeserializeOwned> ProcessQueue<T> {
    /// The items as they come, until the queue is closed and empty.
    ///
    /// ```
    /// let apples = producer_consumer::ProcessQueue::new(0)?;
    /// processes::scope(|family| {
    ///     family.spawn("producer", || {
    ///         (0..10).for_each(|apple| apples.put(apple).unwrap());
    ///         apples.close();
    ///     })?;
    ///     let eaten = apples.iter().collect::<Result<Vec<u32>, _>>();
    ///     assert!(eaten.is_ok_and(|eaten| eaten.into_iter().eq(0..10)));
    ///     Ok::<(), processes::Error>(())
    /// })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn iter(&self) -> Iter<'_, T> {
        Iter(self)
    }
}
