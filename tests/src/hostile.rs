//! Values of a user's type that misbehave while they are encoded or decoded, and plays
//! of mechanisms with them.

use std::cell::RefCell;
use std::fmt::{Debug, Display};

use proptest::collection::vec;
use proptest::prelude::Strategy;
use proptest::sample::select;
use proptest::test_runner::{Config, TestCaseError, TestError, TestRunner};
use serde::de::Error as _;
use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A value, and what goes wrong with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hostile {
    /// Nothing.
    Fine,
    /// Nothing, but it is so many bytes long.
    Long(u32),
    /// Its `Serialize` calls what [`while_encoded`] has set.
    Nested,
    /// Its `Serialize` returns an error.
    FailsEncoded,
    /// Its `Serialize` panics.
    PanicsEncoded,
    /// Its `Deserialize` returns an error.
    FailsDecoded,
    /// Its `Deserialize` panics.
    PanicsDecoded,
}

impl Hostile {
    /// One of each kind.
    pub const ALL: [Self; 7] = [
        Self::Fine,
        Self::Long(100_000),
        Self::Nested,
        Self::FailsEncoded,
        Self::PanicsEncoded,
        Self::FailsDecoded,
        Self::PanicsDecoded,
    ];
}

thread_local! {
    static NESTED: RefCell<Option<Box<dyn Fn()>>> = const { RefCell::new(None) };
}

/// What this thread calls in the middle of encoding a [`Hostile::Nested`].
pub fn while_encoded(nested: impl Fn() + 'static) {
    NESTED.set(Some(Box::new(nested)));
}

impl Serialize for Hostile {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (kind, length) = match *self {
            Self::Fine => (0_u8, 0),
            Self::Long(length) => (1, length),
            Self::Nested => (2, 0),
            Self::FailsDecoded => (3, 0),
            Self::PanicsDecoded => (4, 0),
            Self::FailsEncoded => return Err(S::Error::custom("it fails")),
            Self::PanicsEncoded => panic!("a Serialize that panics"),
        };
        if *self == Self::Nested {
            NESTED.with_borrow(|nested| nested.iter().for_each(|nested| nested()));
        }
        (kind, vec![7_u8; length as usize]).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Hostile {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (kind, bytes) = <(u8, Vec<u8>)>::deserialize(deserializer)?;
        match kind {
            0 => Ok(Self::Fine),
            1 => Ok(Self::Long(bytes.len() as u32)),
            2 => Ok(Self::Nested),
            4 => panic!("a Deserialize that panics"),
            _ => Err(D::Error::custom("it fails")),
        }
    }
}

/// Plays sequences of steps at random, so many of them; the error has a short one that
/// fails. Panics are not reported: they are part of the test.
///
/// # Errors
/// The first failure of `play`.
pub fn check<S: Debug>(
    cases: u32,
    steps: impl Strategy<Value = Vec<S>>,
    play: impl Fn(&[S]) -> Result<(), TestCaseError>,
) -> Result<(), TestError<Vec<S>>> {
    std::panic::set_hook(Box::new(|_| ()));
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    TestRunner::new(config).run(&steps, |steps| play(&steps))
}

/// Steps at a queue: a value is put, none is got.
pub fn puts_and_gets() -> impl Strategy<Value = Vec<Option<Hostile>>> {
    vec(proptest::option::of(select(&Hostile::ALL)), 0..60)
}

/// An error as the failure of a case.
pub fn failed(error: impl Display) -> TestCaseError {
    TestCaseError::fail(error.to_string())
}
