//! A comparison in the forms that people and machines read.
//!
//! | file | for whom |
//! |---|---|
//! | [`text`] | a terminal: one line a change, noise folded |
//! | [`markdown`] | a comment on a pull request: under 40 lines |
//! | [`json`] | scripts |
//! | [`junit`] | the test report of a CI system |
//! | [`github`] | annotations of a workflow run |
//! | `words` | the cells and sentences that they share |

pub mod github;
pub mod json;
pub mod junit;
pub mod markdown;
pub mod text;
mod words;

pub use words::percent;
