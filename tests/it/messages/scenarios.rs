//! The findings of the scenarios that people read.
