//! How much of a proof to run. The ordinary test run takes a scale that fits a
//! coffee; `./prove` asks for the long form of the same test.

/// The number in the environment variable, or the ordinary one.
///
/// # Panics
/// When the variable is set to something other than a number: a typing mistake
/// must not quietly become the short run.
#[must_use]
pub fn scale(variable: &str, ordinary: u64) -> u64 {
    match std::env::var(variable) {
        Ok(text) => match text.replace('_', "").parse() {
            Ok(number) => number,
            Err(_) => panic!("{variable} must be a whole number, not {text:?}"),
        },
        Err(_) => ordinary,
    }
}

/// Shall times be held to what is required? Else they are held to what a
/// machine that is busy with other things can be expected to reach.
#[must_use]
pub fn strict() -> bool {
    std::env::var_os("PROVE_STRICT").is_some()
}
