//! `hash KEY consistent` as nginx does it.

use std::ops::ControlFlow;

use xxhash_rust::xxh3::Xxh3;

use super::peers::{Peer, Peers, TRIES, lines};
use crate::routing::backend::BackendId;
use crate::routing::connections::Connections;
use crate::routing::membership::Membership;
use crate::routing::scheme::Rules;

/// nginx's `hash KEY consistent`: a ring of 160 points for each unit of weight.
///
/// For keys that should stay when servers come and go. From 3 to 4 servers 21.8% of
/// 2,000 recorded keys move, all of them to the new one: its share, which is below 25%
/// by the luck of its points. Marking a server `down` moves the same keys to the same
/// places as deleting its line.
///
/// Points are a chain: point i of a server is the CRC-32 of host, a zero byte, port and
/// point i - 1 as four bytes, little-endian (0 at first). Host and port are the text of
/// the line, split at the last `:` if only digits follow; `unix:PATH` has the host PATH,
/// and no port. Of points at one place the first line's is kept. A key belongs to the
/// first point at or after its CRC-32. If that server is down the next point is looked
/// at, and after 21 points in vain, and for an empty key, it is round robin's turn.
///
/// More weight only adds points. Where there would be more than
/// [`NginxConsistent::MAX_POINTS`] (nginx has no limit), each server has in proportion fewer,
/// but at least one.
///
/// Cost: O(log points) and one hash of the key, 40 to 60 ns at 10 to 1,000 servers;
/// building takes one short hash a point and sorts, 7 us a server. Memory: 8 bytes a
/// point, 1,280 a server of weight 1. Balance: the share of one of n equal servers has a
/// standard deviation of 8% of itself. Disruption: the least possible for the shares
/// that it has, up to a sum of weights of 104,857. Beyond, every change of the sum changes how
/// many points each server has, so that keys move between those that stay, too: give smaller
/// weights of the same ratios then.
///
/// Source: nginx 1.22.1 `src/http/modules/ngx_http_upstream_hash_module.c`; the points
/// are those of `Cache::Memcached::Fast`.
///
/// ```
/// use ringstorm::routing::{Membership, Scheme, SchemeConfig};
///
/// let mut cluster = Membership::new();
/// let ids = [1, 2, 3, 4].map(|k| cluster.join(&format!("127.0.0.1:900{k}"), 1, None));
/// let mut scheme = Scheme::build(&SchemeConfig::NginxConsistent, &cluster);
/// assert_eq!(scheme.owner(b"user-0"), Some(ids[3]), "recorded from nginx");
/// cluster.leave(ids[3]);
/// scheme.update(&cluster);
/// assert_eq!(scheme.owner(b"user-0"), Some(ids[2]), "recorded from nginx");
/// ```
#[derive(Clone, Debug)]
pub struct NginxConsistent {
    peers: Peers,
    // What tells the texts of these lines from those of others.
    texts: u64,
    // By hash, each hash once.
    points: Vec<Point>,
}

#[derive(Clone, Copy, Debug)]
struct Point {
    hash: u32,
    // The place of its server among the lines.
    peer: u32,
}

/// Source: `npoints = peer->weight * 160` in `ngx_http_upstream_update_chash`.
const POINTS_PER_WEIGHT: u64 = 160;

impl NginxConsistent {
    /// The most points of a ring: 2^24, that is 104,857 servers of weight 1. Only servers
    /// whose part of them is less than one, and who have one all the same, come on top.
    pub const MAX_POINTS: usize = 1 << 24;

    fn find(&self, key: &[u8]) -> Option<BackendId> {
        if let Some(only) = self.peers.single() {
            return (!only.down).then_some(only.id);
        }
        if key.is_empty() {
            return None;
        }
        self.walk(key).take(TRIES as usize + 1).find(|peer| !peer.down).map(|peer| peer.id)
    }

    /// The servers of the points from a key's hash on, once around.
    fn walk(&self, key: &[u8]) -> impl Iterator<Item = &Peer> {
        let hash = crc32fast::hash(key);
        let (before, from) =
            self.points.split_at(self.points.partition_point(|point| point.hash < hash));
        from.iter().chain(before).filter_map(|point| self.peers.all().get(point.peer as usize))
    }
}

/// How many points each line has.
fn granted(membership: &Membership) -> Vec<usize> {
    let wanted = |weight: u32| u128::from(POINTS_PER_WEIGHT) * u128::from(weight);
    let total: u128 = lines(membership).map(|backend| wanted(backend.weight)).sum();
    let limit = NginxConsistent::MAX_POINTS as u128;
    let of = |weight: u32| match wanted(weight) {
        wanted if total <= limit => wanted,
        wanted => (wanted * limit / total).max(1),
    };
    lines(membership).map(|backend| of(backend.weight) as usize).collect()
}

/// The ring of all lines, also of those that are down.
fn points(membership: &Membership) -> Vec<Point> {
    let granted = granted(membership);
    let mut points = Vec::with_capacity(granted.iter().sum());
    for (peer, (backend, granted)) in lines(membership).zip(granted).enumerate() {
        let (host, port) = host_and_port(backend.address.as_bytes());
        let mut base_hash = crc32fast::Hasher::new();
        base_hash.update(host);
        base_hash.update(&[0]);
        base_hash.update(port);
        let mut prev_hash = 0_u32;
        for _ in 0..granted {
            let mut hash = base_hash.clone();
            hash.update(&prev_hash.to_le_bytes());
            prev_hash = hash.finalize();
            points.push(Point { hash: prev_hash, peer: peer as u32 });
        }
    }
    // Stable, as glibc's `qsort` is: of equal hashes the first line's point stays.
    points.sort_by_key(|point| point.hash);
    points.dedup_by_key(|point| point.hash);
    points
}

/// A hash of the texts of all lines: in a membership that was built anew an id may be
/// another server's.
fn texts(membership: &Membership) -> u64 {
    let mut hash = Xxh3::new();
    for backend in lines(membership) {
        hash.update(&(backend.address.len() as u64).to_le_bytes());
        hash.update(backend.address.as_bytes());
    }
    hash.digest()
}

/// The two texts that a server's points hash.
fn host_and_port(server: &[u8]) -> (&[u8], &[u8]) {
    if server.get(..5).is_some_and(|start| start.eq_ignore_ascii_case(b"unix:")) {
        return (&server[5..], b"");
    }
    match server.iter().rposition(|byte| !byte.is_ascii_digit()) {
        Some(colon) if server[colon] == b':' => (&server[..colon], &server[colon + 1..]),
        _ => (server, b""),
    }
}

impl Rules for NginxConsistent {
    type Config = ();
    const HAS_OWNERS: bool = true;

    fn build((): &(), membership: &Membership) -> Self {
        let (peers, texts) = (Peers::of(membership), texts(membership));
        Self { peers, texts, points: points(membership) }
    }

    fn pick(&mut self, _: &Connections, key: &[u8], _: u64) -> Option<BackendId> {
        self.find(key).or_else(|| self.peers.take_turn())
    }

    fn update(&mut self, _: &Connections, membership: &Membership) {
        let before = std::mem::replace(&mut self.texts, texts(membership));
        if self.peers.update(membership) || before != self.texts {
            self.points = points(membership);
        }
    }

    /// `None` also where round robin would decide.
    fn owner(&self, key: &[u8]) -> Option<BackendId> {
        self.find(key)
    }

    fn candidates(&self, key: &[u8], visit: impl FnMut(BackendId) -> ControlFlow<()>) {
        let _ = self.walk(key).filter(|peer| !peer.down).map(|peer| peer.id).try_for_each(visit);
    }

    fn bytes(&self) -> usize {
        self.peers.bytes() + self.points.capacity() * size_of::<Point>()
    }

    fn most_bytes((): &(), backends: u64, weight: u64) -> u64 {
        let points = POINTS_PER_WEIGHT.saturating_mul(weight).min(Self::MAX_POINTS as u64);
        // With what sorting takes.
        points.saturating_add(backends).saturating_mul(16)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_split_where_nginx_splits_it() {
        let cases: [(&str, &str, &str); 8] = [
            ("127.0.0.1:9001", "127.0.0.1", "9001"),
            ("backend.example.com", "backend.example.com", ""),
            ("backend1", "backend1", ""),
            ("[::1]:80", "[::1]", "80"),
            ("unix:/run/a.sock:80", "/run/a.sock:80", ""),
            ("UNIX:/run/a", "/run/a", ""),
            ("host:", "host", ""),
            ("8080", "8080", ""),
        ];
        for (text, host, port) in cases {
            assert_eq!(
                host_and_port(text.as_bytes()),
                (host.as_bytes(), port.as_bytes()),
                "{text}"
            );
        }
    }

    #[test]
    fn more_weight_only_adds_points() {
        let hashes = |weight| {
            let mut cluster = Membership::new();
            cluster.join("127.0.0.1:9001", weight, None);
            points(&cluster).into_iter().map(|point| point.hash).collect::<Vec<u32>>()
        };
        let (light, heavy) = (hashes(1), hashes(2));
        assert_eq!((light.len(), heavy.len()), (160, 320));
        assert!(light.iter().all(|hash| heavy.binary_search(hash).is_ok()));
    }

    #[test]
    fn only_servers_whose_part_is_below_one_point_come_on_top_of_the_limit() {
        let mut cluster = Membership::new();
        cluster.join("heavy", u32::MAX, None);
        for light in 0..1_000 {
            cluster.join(&light.to_string(), 1, None);
        }
        let granted = granted(&cluster);
        assert!(granted[1..].iter().all(|&points| points == 1));
        let sum: usize = granted.iter().sum();
        let limit = NginxConsistent::MAX_POINTS;
        assert!((limit + 1..=limit + 1_000).contains(&sum));
    }
}
