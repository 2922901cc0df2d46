//! Cases that people met in the field, and the gallery: every scenario under `scenarios/field/`
//! shows the symptom of its thread and cures it with the thread's remedy.

mod balance;
mod deploys;
mod gallery;
mod storms;
mod support;
