//! A place that connections can go to.

/// Names a backend of one [`Membership`](super::Membership): 0, 1, 2, ... in order of
/// joining, never given twice.
///
/// Ids are local to a membership and its clones. Two routers that learnt of the
/// backends in another order name them differently; what they share is the address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct BackendId(u32);

impl BackendId {
    /// The id with this number.
    pub const fn new(number: u32) -> Self {
        Self(number)
    }

    /// Its number.
    pub const fn number(self) -> u32 {
        self.0
    }

    /// Its number as an index into an array with one entry a backend.
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// A backend as a membership knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Backend {
    /// Its id.
    pub id: BackendId,
    /// The text that hashing schemes hash: the same on every router. Unique in a membership.
    pub address: String,
    /// Its share of the load relative to the others; 0 drains it.
    pub weight: u32,
    /// The failure domain that it stands in, if that is known.
    pub zone: Option<String>,
    /// Whether it takes connections.
    pub state: BackendState,
}

/// Whether a backend takes connections.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum BackendState {
    /// It takes new connections.
    #[default]
    Ready,
    /// It keeps its connections and takes no new ones.
    Draining,
    /// It is out of order.
    Down,
}

impl Backend {
    /// Whether it may be chosen: it is ready and its weight is above 0.
    pub fn is_eligible(&self) -> bool {
        self.state == BackendState::Ready && self.weight > 0
    }
}
