//! The mistakes that a reader of the note can make with scopes, each as a program in
//! Python, the same in Rust, and its cure.

#![expect(
    clippy::needless_doctest_main,
    reason = "the programs are compiled as they stand"
)]

mod after_block;
mod after_del;
mod after_loop;
mod before_assignment;
mod function_item;
mod late_binding;
mod outlives;
mod outside_function;

/// A mistake: its documentation holds the programs.
///
/// ```
/// let fault = scopes::faults()[0];
/// assert_eq!(fault.name, "after-block");
/// assert_eq!(fault.python_does(), "prints Janice");
/// assert_eq!(fault.code(), "E0425");
/// assert!(fault.rust().starts_with("fn main() {"));
/// assert!(fault.cure().contains("let name = if"));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Fault {
    /// The name of the mistake.
    pub name: &'static str,
    documentation: &'static str,
}

macro_rules! fault {
    ($name:literal, $file:literal) => {
        Fault { name: $name, documentation: include_str!(concat!("faults/", $file)) }
    };
}

/// The mistakes, in the order of the note.
///
/// ```
/// assert_eq!(scopes::faults().len(), 8);
/// ```
#[must_use]
pub fn faults() -> [Fault; 8] {
    [
        fault!("after-block", "after_block.rs"),
        fault!("after-loop", "after_loop.rs"),
        fault!("outside-function", "outside_function.rs"),
        fault!("after-del", "after_del.rs"),
        fault!("function-item", "function_item.rs"),
        fault!("before-assignment", "before_assignment.rs"),
        fault!("late-binding", "late_binding.rs"),
        fault!("outlives", "outlives.rs"),
    ]
}

impl Fault {
    /// The program in Rust that does not compile.
    #[must_use]
    pub fn rust(&self) -> String {
        self.block("```compile_fail,")
    }

    /// The program that compiles.
    #[must_use]
    pub fn cure(&self) -> String {
        self.block("```\n")
    }

    /// The error by which the compiler refuses the program.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.after("//! ```compile_fail,")
    }

    /// The outcome of the program in Python: `prints 9` or `raises NameError`.
    #[must_use]
    pub fn python_does(&self) -> String {
        self.after("//! Python: ").replace('`', "")
    }

    /// The rest of the line that begins like this.
    fn after(&self, begin: &str) -> &'static str {
        let mut lines = self.documentation.lines();
        lines.find_map(|line| line.strip_prefix(begin)).unwrap_or_default()
    }

    /// The first block of code whose first line begins like this. The end of a block is
    /// a bare fence as well, so the blocks are counted off in pairs.
    fn block(&self, begin: &str) -> String {
        let lines = self.documentation.lines().filter_map(|it| it.strip_prefix("//!"));
        let lines = lines.map(|line| line.strip_prefix(' ').unwrap_or(line));
        let text = lines.collect::<Vec<_>>().join("\n");
        let parts: Vec<&str> = text.split("```").skip(1).step_by(2).collect();
        let begin = begin.trim_start_matches("```");
        let block = parts.into_iter().find(|part| part.starts_with(begin));
        let (_, code) =
            block.and_then(|part| part.split_once('\n')).unwrap_or_default();
        code.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_fault_has_its_programs_its_error_and_its_outcome() {
        for fault in faults() {
            assert!(fault.rust().contains("fn main()"), "{fault:?}");
            assert!(fault.cure().contains("fn main()"), "{fault:?}");
            assert_ne!(fault.rust(), fault.cure());
            assert!(fault.code().starts_with('E'), "{fault:?}");
            let python = fault.python_does();
            assert!(python.starts_with("prints ") || python.starts_with("raises "));
        }
    }
}
