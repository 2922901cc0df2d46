//! Round robin as nginx does it.

use super::peers::Peers;
use crate::routing::backend::BackendId;
use crate::routing::connections::Connections;
use crate::routing::membership::Membership;
use crate::routing::scheme::Rules;

/// nginx's default: smooth weighted round robin over the `server` lines.
///
/// For short requests. Connections that stay are not counted: after a new server joins
/// it gets 1 of n new connections and the old ones keep what they have.
///
/// The order is that of [`RoundRobin`](crate::routing::RoundRobin). What differs is a
/// change: a reload forgets whose turn it was, so that after every reload the first
/// server of the largest weight is next; with many reloads and few connections in
/// between it gets more than its share.
///
/// Cost: O(n) a pick, 2 ns a server. Memory: 24 bytes a server. Balance: exact over a
/// round of as many picks as the weights sum to. Disruption: it moves nothing.
///
/// Source: nginx 1.22.1 `src/http/ngx_http_upstream_round_robin.c`.
///
/// ```
/// use ringstorm::routing::{Membership, Scheme, SchemeConfig};
///
/// let mut cluster = Membership::new();
/// let ids = [1, 2, 3].map(|weight| cluster.join(&format!("127.0.0.1:900{weight}"), weight, None));
/// let mut scheme = Scheme::build(&SchemeConfig::NginxRoundRobin, &cluster);
/// let picks: Vec<_> = (0..6).map(|_| scheme.pick(b"", 0).unwrap()).collect();
/// assert_eq!(picks, [2, 1, 0, 2, 1, 2].map(|place| ids[place]), "recorded from nginx");
/// ```
#[derive(Clone, Debug)]
pub struct NginxRoundRobin {
    peers: Peers,
}

impl Rules for NginxRoundRobin {
    type Config = ();

    fn build((): &(), membership: &Membership) -> Self {
        Self { peers: Peers::of(membership) }
    }

    fn pick(&mut self, _: &Connections, _: &[u8], _: u64) -> Option<BackendId> {
        self.peers.take_turn()
    }

    fn update(&mut self, _: &Connections, membership: &Membership) {
        self.peers.update(membership);
    }

    fn bytes(&self) -> usize {
        self.peers.bytes()
    }
}
