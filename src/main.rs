//! The `ringstorm` command: parse, dispatch, exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    ringstorm::cli::main()
}
