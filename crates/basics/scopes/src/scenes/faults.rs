//! N5.1: eight mistakes, found by the compiler before they run, or by Python at last.

use scopes::{CompilerError, check, faults};
use shared::{Result, claim, say, skip};

pub fn play() -> Result {
    let (mut refused, mut accepted, mut raised) = (0, 0, 0);
    for fault in faults() {
        let verdict = match check(&fault.rust()) {
            Err(CompilerError::Missing(error)) => {
                skip!("cannot start rustc: {error}"; "put it into PATH, or set RUSTC");
            }
            verdict => verdict?,
        };
        let codes: Vec<&str> = verdict.iter().map(|it| it.code.as_str()).collect();
        let does = fault.python_does();
        say!("{}: rustc {}, Python {does}", fault.name, codes.join(" "));
        refused += usize::from(codes == [fault.code()]);
        raised += usize::from(does.starts_with("raises"));
        accepted += usize::from(check(&fault.cure())?.is_empty());
    }
    claim!(
        refused == 8,
        "rustc refuses each of the eight programs, by the error expected"
    );
    claim!(accepted == 8, "rustc accepts each of the eight cures");
    // The twin runs the programs, and asserts the same.
    claim!(
        raised == 3,
        "Python finds three of the eight mistakes, and only at run time"
    );
    Ok(())
}
