//! Every change of the servers closes every connection: the crudest way to spread the load.

use super::pacing::paced;

paced! {
    name: "drop_all",
    summary: "every change of the servers closes every connection",
}
