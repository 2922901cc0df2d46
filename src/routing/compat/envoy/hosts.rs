//! Hosts with their weights as shares of 1.

use crate::routing::backend::BackendId;
use crate::routing::membership::Membership;

/// A host that takes connections.
#[derive(Clone, Debug)]
pub(super) struct Host<'a> {
    pub(super) id: BackendId,
    /// What its points or its permutation hash.
    pub(super) key: &'a [u8],
    /// Its weight over the sum of weights.
    pub(super) weight: f64,
}

/// The eligible backends in order of joining.
///
/// Source: `normalizeHostWeights` in Envoy `thread_aware_lb_impl.cc`.
pub(super) fn normalized(membership: &Membership) -> Vec<Host<'_>> {
    let sum: u64 = membership.eligible().map(|backend| u64::from(backend.weight)).sum();
    membership
        .eligible()
        .map(|backend| Host {
            id: backend.id,
            key: backend.address.as_bytes(),
            weight: f64::from(backend.weight) / sum as f64,
        })
        .collect()
}
