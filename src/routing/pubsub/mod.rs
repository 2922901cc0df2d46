//! Which servers get a copy of a publish, and which connections of theirs.
//!
//! ```text
//!  connection ─ subscribe ─► InterestTable<ConnectionId>   of one server
//!                                  │ first, last
//!                                  ▼
//!                               Router                     of the cluster
//!                                  ▲ route ─► Hops ─► recipients
//!  publish ────────────────────────┘
//! ```
//!
//! | router | copies of a publish to n servers, k of them interested | subscribers connect | wildcards | state | when a server crashes |
//! |---|---|---|---|---|---|
//! | `broadcast` | n, through one broker | anywhere | yes | none | nothing to forget |
//! | `interest` | k, through one broker | anywhere | yes | channel -> servers | its interests are forgotten |
//! | `sharded` | k, through the broker that has the channel's slot | anywhere | no | channel -> servers, slot -> broker | its interests are forgotten |
//! | `colocated` | 1, straight to the channel's owner | to the owner | no | a ring | its rooms go to their next owners |
//!
//! `broadcast` costs least to run and most to scale: each server you add takes every
//! message as well. `interest` is the choice where subscribers of a channel are few
//! compared to servers, or where one broker carries all; `sharded` goes beyond what one
//! broker carries; `colocated` has no broker at all, and a room is as large as one
//! server allows. With uniform placement the k subscribers of a channel stand on
//! n (1 - (1 - 1/n)^k) of n servers, so `interest` is worth nothing for large rooms.
//!
//! A message for one user goes by the [`Registry`], whatever the router.
//!
//! Delivery is at most once: a message that is published while a server, its
//! subscription or a broker is away is gone. What is absent: history, acknowledgements,
//! and any traffic. These are tables; who calls does the talking.
//!
//! ```
//! use ringstorm::routing::Membership;
//! use ringstorm::routing::pubsub::{ConnectionId, Hops, InterestTable, Router, RouterConfig, Topic};
//!
//! let mut servers = Membership::new();
//! let [first, second] = ["10.0.0.1:80", "10.0.0.2:80"].map(|at| servers.join(at, 1, None));
//! let mut router = Router::build(&RouterConfig::Interest, &servers, &Membership::new());
//! let room = Topic::Channel(b"room.7");
//!
//! // On the second server two clients subscribe; the cluster hears of the first only.
//! let mut local = InterestTable::new();
//! let [alice, bob] = [0, 1].map(ConnectionId::new);
//! assert!(local.subscribe(alice, room), "tell the cluster");
//! assert_eq!(router.subscribe(second, room), Ok(true));
//! assert!(!local.subscribe(bob, room), "the cluster knows");
//!
//! let mut hops = Hops::default();
//! router.route(b"room.7", Some(first), &mut hops);
//! assert_eq!(hops.servers, [second]);
//!
//! let mut recipients = Vec::new();
//! local.recipients(b"room.7", &mut recipients);
//! assert_eq!(recipients, [alice, bob]);
//! ```

pub use self::interest::{ConnectionId, InterestTable};
pub use self::registry::{Holder, Registered, Registry};
pub use self::router::{Home, Hops, Router, RouterConfig, SubscribeError, Via};
pub use self::sharded::{Handover, Reissue};
pub use self::slot::{SLOTS, SlotMap, SlotMove, crc16, slot};
pub use self::topic::{Pattern, PatternError, Topic, TopicId};

mod interest;
mod name_map;
mod registry;
mod router;
mod sharded;
mod slot;
mod topic;
mod trie;
