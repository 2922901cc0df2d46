//! libketama's continuum.

use std::ops::ControlFlow;

use super::super::backend::BackendId;
use super::super::connections::Connections;
use super::super::membership::Membership;
use super::super::scheme::Rules;

/// libketama's continuum: some 160 points for each server of mean weight, by MD5.
///
/// What memcached clients and much that came after them use for keys that should stay
/// when servers come and go. Weights are shares of all weights, so that with unequal
/// ones a change of one server changes the number of points of all others: then some
/// more than the least number of keys moves.
///
/// With n servers of weight m, M in all, a server makes floor(m / M x 40 x n) digests in
/// single precision; digest k is the MD5 of its address, `-` and k in decimal, and gives
/// four points, little-endian. A key belongs to the first point at or after the first
/// four bytes of its MD5. Servers that are not eligible are left out. Where that would be
/// more than [`Ketama::MAX_POINTS`], each server has in proportion fewer, but at least four.
///
/// Equal servers have 40 digests each, that is 160 points; but 39 where single precision
/// makes 40 a little less: of 61, 122, 237, 244, 474 and 488 servers and, below 1,000, of five
/// counts from 933 on.
///
/// Cost: O(log points) and the MD5 of the key, 200 to 300 ns; building takes 10 us a
/// server. Memory: 8 bytes a point, 1,280 a server. Balance: the share of one of n equal
/// servers has a standard deviation of 8% of itself. Disruption: the least possible for
/// equal weights, but from and to those counts: from 60 to 61 servers 3.8% of all keys move
/// instead of 2.0%.
///
/// Source: RJ/ketama `libketama/ketama.c`; its `test.sh` (1,000,000 keys) is reproduced.
///
/// ```
/// use ringstorm::routing::Membership;
/// use ringstorm::routing::compat::Ketama;
/// use ringstorm::routing::Rules;
///
/// let mut cluster = Membership::new();
/// let heavy = cluster.join("127.0.0.1:11211", 600, None);
/// cluster.join("127.0.0.1:11212", 400, None);
/// let ketama = Ketama::build(&(), &cluster);
/// assert_eq!(Ketama::hash(b"test"), 3_446_378_249);
/// assert_eq!(ketama.point(b"test"), Some((3_454_255_383, heavy)));
/// ```
#[derive(Clone, Debug)]
pub struct Ketama {
    // Sorted by position.
    points: Vec<Point>,
}

#[derive(Clone, Copy, Debug)]
struct Point {
    position: u32,
    owner: BackendId,
}

impl Ketama {
    /// The most points of a continuum: 2^24, that is 104,857 servers.
    pub const MAX_POINTS: usize = 1 << 24;

    /// The hash of a key.
    pub fn hash(key: &[u8]) -> u32 {
        let [a, b, c, d, ..] = md5::compute(key).0;
        u32::from_le_bytes([a, b, c, d])
    }

    /// The point that a key belongs to, and whose it is.
    pub fn point(&self, key: &[u8]) -> Option<(u32, BackendId)> {
        self.walk(key).next().map(|point| (point.position, point.owner))
    }

    /// The points from a key's hash on, once around.
    fn walk(&self, key: &[u8]) -> impl Iterator<Item = &Point> {
        let hash = Self::hash(key);
        let (before, from) =
            self.points.split_at(self.points.partition_point(|point| point.position < hash));
        from.iter().chain(before)
    }

    /// How many points there are.
    pub fn points(&self) -> usize {
        self.points.len()
    }
}

/// How many digests a server has, in the single precision of `float pct` and `floorf`.
///
/// Source: `ketama_create_continuum` in `ketama.c`.
fn digests(weight: u32, sum: u64, servers: usize) -> u32 {
    let pct = weight as f32 / sum as f32;
    let wanted = f64::from(pct) * 40.0 * f64::from(servers as f32);
    (wanted as f32).floor() as u32
}

fn points(membership: &Membership) -> Vec<Point> {
    let servers = membership.eligible().count();
    let sum: u64 = membership.eligible().map(|backend| u64::from(backend.weight)).sum();
    // 40 digests of 4 points a server, of which MAX_POINTS have room.
    let room = (Ketama::MAX_POINTS / 160) as u64;
    let granted = |digests: u32| match servers as u64 {
        few if few <= room => digests,
        many => (u64::from(digests) * room / many).max(1) as u32,
    };
    let mut points = Vec::new();
    for backend in membership.eligible() {
        for k in 0..granted(digests(backend.weight, sum, servers)) {
            let digest = md5::compute(format!("{}-{k}", backend.address)).0;
            let (words, _) = digest.as_chunks::<4>();
            points.extend(
                words
                    .iter()
                    .map(|&word| Point { position: u32::from_le_bytes(word), owner: backend.id }),
            );
        }
    }
    points.sort_by_key(|point| point.position);
    points.shrink_to_fit();
    points
}

impl Rules for Ketama {
    type Config = ();
    const HAS_OWNERS: bool = true;

    fn build((): &(), membership: &Membership) -> Self {
        Self { points: points(membership) }
    }

    fn pick(&mut self, _: &Connections, key: &[u8], _: u64) -> Option<BackendId> {
        self.owner(key)
    }

    fn update(&mut self, _: &Connections, membership: &Membership) {
        self.points = points(membership);
    }

    fn owner(&self, key: &[u8]) -> Option<BackendId> {
        self.point(key).map(|(_, owner)| owner)
    }

    fn candidates(&self, key: &[u8], visit: impl FnMut(BackendId) -> ControlFlow<()>) {
        let _ = self.walk(key).map(|point| point.owner).try_for_each(visit);
    }

    fn bytes(&self) -> usize {
        self.points.capacity() * size_of::<Point>()
    }

    fn most_bytes((): &(), backends: u64, _: u64) -> u64 {
        // A list that grows to twice its need, and what sorting it takes.
        backends.saturating_mul(160).min(Self::MAX_POINTS as u64).saturating_mul(24)
    }
}
