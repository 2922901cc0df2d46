//! What nginx computes (version 1.22.1; the rules are the same today).
//!
//! Of a configuration `server ADDRESS weight=N;` the address is [`Backend::address`],
//! as written; backends in order of joining are the lines in order. A backend that is
//! not ready is a line marked `down`: it keeps its line and its share of whatever is
//! counted over lines. A backend of weight 0 is no line, for nginx has no such weight.
//!
//! A membership that gained or lost a line or changed a weight is a reload: new worker
//! processes start with no turns taken. One in which only states changed is the same
//! process, in which servers failed or came back: turns go on.
//!
//! [`Backend::address`]: crate::routing::Backend::address

pub use self::consistent::NginxConsistent;
pub use self::hash::NginxHash;
pub use self::least_conn::NginxLeastConn;
pub use self::round_robin::NginxRoundRobin;

mod consistent;
mod hash;
mod least_conn;
mod peers;
mod round_robin;
