#![allow(warnings)]
#[path = "it/theory/special.rs"] mod special;
#[path = "it/theory/support.rs"] mod support;
#[path = "it/theory/admission.rs"] mod admission;
#[path = "it/theory/sessions.rs"] mod sessions;
#[path = "it/theory/tiers.rs"] mod tiers;
