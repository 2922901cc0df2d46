//! The slots of Redis Cluster, shared out among the servers.

use super::plain::plain;

plain! {
    name: "redis_slot",
    hue: Ring,
    scheme: RedisSlot,
    summary: "the 16,384 slots of Redis Cluster, shared out among the servers",
}
