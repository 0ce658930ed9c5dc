//! A function of this program, as a number that a process forked from it understands.

use ipc_pipe::{decode, encode};

use crate::error::TaskError;
use crate::portable::Portable;
use crate::promise::outcome_of;

/// A task without its argument: a function of the program, and one that knows the types
/// of its argument and its result.
///
/// A forked process has the program at the same addresses as its parent. So an address
/// is all that goes over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Call {
    typed: usize,
    function: usize,
}

/// Decodes the argument, calls the function, and appends its result to a buffer.
type Typed = fn(usize, &[u8], &mut Vec<u8>) -> Result<(), TaskError>;

impl Call {
    /// How many bytes it takes in a record.
    pub(crate) const BYTES: usize = 2 * size_of::<usize>();

    /// A task that calls `function` once.
    pub(crate) fn once<A: Portable, R: Portable>(function: fn(A) -> R) -> Self {
        Self::of(run_once::<A, R>, (function as *const ()).expose_provenance())
    }

    /// A task that calls `function` with each of a list of arguments, and gives the
    /// list of the results.
    pub(crate) fn many<A: Portable, R: Portable>(function: fn(A) -> R) -> Self {
        Self::of(run_many::<A, R>, (function as *const ()).expose_provenance())
    }

    fn of(typed: Typed, function: usize) -> Self {
        Self { typed: (typed as *const ()).expose_provenance(), function }
    }

    pub(crate) fn to_bytes(self) -> [u8; Self::BYTES] {
        let mut bytes = [0; Self::BYTES];
        let (typed, function) = bytes.split_at_mut(size_of::<usize>());
        typed.copy_from_slice(&self.typed.to_ne_bytes());
        function.copy_from_slice(&self.function.to_ne_bytes());
        bytes
    }

    pub(crate) fn from_bytes(bytes: [u8; Self::BYTES]) -> Self {
        let number = |at: usize| {
            let mut number = [0; size_of::<usize>()];
            number.copy_from_slice(&bytes[at..at + size_of::<usize>()]);
            usize::from_ne_bytes(number)
        };
        Self { typed: number(0), function: number(size_of::<usize>()) }
    }

    /// Runs the task, and appends its result to `result`.
    ///
    /// # Safety
    /// The call was made by this program: by this process, or by the one that it was
    /// forked from, where the code has not been loaded since the fork.
    pub(crate) unsafe fn run(
        self,
        argument: &[u8],
        result: &mut Vec<u8>,
    ) -> Result<(), TaskError> {
        let typed = std::ptr::with_exposed_provenance::<()>(self.typed);
        // SAFETY: the address is that of a `Typed`, from which `of` has made it, and
        // the code is there (the caller's promise).
        let typed = unsafe { std::mem::transmute::<*const (), Typed>(typed) };
        typed(self.function, argument, result)
    }
}

fn run_once<A: Portable, R: Portable>(
    function: usize,
    argument: &[u8],
    result: &mut Vec<u8>,
) -> Result<(), TaskError> {
    // SAFETY: `once`, which alone names this function, has made the number of a
    // function of this type.
    let function = unsafe { function_at::<A, R>(function) };
    let argument: A = read(argument)?;
    let value = outcome_of(|| function(argument))?;
    write(&value, result)
}

fn run_many<A: Portable, R: Portable>(
    function: usize,
    arguments: &[u8],
    results: &mut Vec<u8>,
) -> Result<(), TaskError> {
    // SAFETY: as above, of `many`.
    let function = unsafe { function_at::<A, R>(function) };
    let arguments: Vec<A> = read(arguments)?;
    let values =
        outcome_of(|| arguments.into_iter().map(function).collect::<Vec<_>>())?;
    write(&values, results)
}

/// # Safety
/// The number is the address of a function of this type, whose code is there.
unsafe fn function_at<A, R>(number: usize) -> fn(A) -> R {
    let function = std::ptr::with_exposed_provenance::<()>(number);
    // SAFETY: the caller's.
    unsafe { std::mem::transmute::<*const (), fn(A) -> R>(function) }
}

/// Decodes a value of a user's type, whose `Deserialize` may panic.
pub(crate) fn read<T: Portable>(bytes: &[u8]) -> Result<T, TaskError> {
    match outcome_of(|| decode(bytes)) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(TaskError::Decode(error.to_string())),
        Err(panic) => Err(TaskError::Decode(panic.to_string())),
    }
}

/// Encodes a value of a user's type, whose `Serialize` may panic.
fn write<T: Portable>(value: &T, bytes: &mut Vec<u8>) -> Result<(), TaskError> {
    match outcome_of(|| encode(value, bytes)) {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(TaskError::Encode(error.to_string())),
        Err(panic) => Err(TaskError::Encode(panic.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn square(number: u64) -> u64 {
        number * number
    }

    fn run(call: Call, argument: &impl serde::Serialize) -> Result<Vec<u8>, TaskError> {
        let call = Call::from_bytes(call.to_bytes());
        let (mut bytes, mut result) = (Vec::new(), Vec::new());
        encode(argument, &mut bytes).expect("an argument");
        // SAFETY: the call was made by this process.
        unsafe { call.run(&bytes, &mut result) }?;
        Ok(result)
    }

    #[test]
    fn a_call_survives_as_bytes() {
        let result = run(Call::once(square), &7_u64).expect("a result");
        assert_eq!(decode::<u64>(&result), Ok(49));
        let results = run(Call::many(square), &vec![1_u64, 2, 3]).expect("results");
        assert_eq!(decode::<Vec<u64>>(&results), Ok(vec![1, 4, 9]));
    }

    #[test]
    fn a_panic_and_a_wrong_argument_are_errors() {
        let panics = |_: u64| -> u64 { panic!("no apple") };
        let failed = run(Call::once(panics), &7_u64);
        assert_eq!(failed, Err(TaskError::Panicked("no apple".to_owned())));
        let failed = run(Call::once(square), &"seven");
        assert!(matches!(failed, Err(TaskError::Decode(_))), "{failed:?}");
    }
}
