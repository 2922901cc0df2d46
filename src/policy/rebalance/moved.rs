//! Every change of the servers closes the connections whose owner is now another; needs a rule with owners.

use super::pacing::paced;

paced! {
    name: "moved",
    summary: "every change of the servers closes the connections whose owner is now another",
}
