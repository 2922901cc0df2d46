//! Comparisons, baselines and budgets: no false alarm, no regression waved through.

mod alarms; // how often equal runs are called different, and real changes found
mod budgets; // what `run --check` lets pass
mod few; // what few runs prove that agree, and which of them were cut off
mod formats; // what parsers of each format read
mod gate; // the command: planted regressions, broken files, exit codes
mod rules; // verdicts and statistics against worked examples
mod support;
mod worlds; // one world, however it is written
