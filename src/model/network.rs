//! How long the packets of an attempt are on their way, and which of them the network loses.
//!
//! Of an attempt only: what is lost of an open connection TCP sends again unnoticed.
//!
//! A SYN that gets no answer goes again when its client's kernel says (`accept::syn`), whether
//! the SYN or its answer was lost. What follows goes again after TCP's retransmission time-out for
//! a connection of one sample: R + 4 · R/2 for a round trip R (RFC 6298, 2.2), of which Linux
//! keeps the second part at 200 ms or more (`TCP_RTO_MIN`, `include/net/tcp.h`), doubled each time
//! (5.5). An attempt has one packet under way at a time, so nothing tells of a loss before that.

use super::accept::{Schedule, schedule};
use super::client::Client;
use super::presence::half;
use super::purpose;
use super::simulation::Simulation;
use super::witness::Witness;
use crate::engine::{Draw, SimDuration, SimTime};
use crate::policy::Balance;

/// `TCP_RTO_MIN`.
const LEAST_VARIANCE: u64 = 200_000_000;

/// How often a packet is lost in a row at most: `tcp_retries2` of Linux.
const MOST: u32 = 15;

/// The draw of an answer, beside those of round trips.
const ANSWER: u64 = 1_000;

/// The packets of one connection until it is answered.
#[derive(Clone, Copy, Debug)]
struct Exchange {
    draw: Draw,
    /// The share of packets that is lost, below 1.
    loss: f64,
    rtt: u64,
    /// At least 1; the answer of the last belongs to what is asked.
    round_trips: u32,
}

impl Exchange {
    /// How often in a row something is lost, of which each loss has this chance.
    fn lost(&self, index: u64, chance: f64) -> u32 {
        let unit = self.draw.again(index).unit();
        let (mut times, mut all) = (0, chance);
        while unit < all && times < MOST {
            times += 1;
            all *= chance;
        }
        times
    }

    /// How often a round trip fails: for the packet or its answer; the last one's answer is apart.
    fn failed(&self, trip: u32) -> u32 {
        let arrives = 1.0 - self.loss;
        let chance = if trip + 1 == self.round_trips { self.loss } else { 1.0 - arrives * arrives };
        self.lost(u64::from(trip), chance)
    }

    /// How long it takes until what was lost so often in a row has been sent once more.
    fn sent_again(&self, times: u32) -> SimDuration {
        let timeout = self.rtt + (2 * self.rtt).max(LEAST_VARIANCE);
        SimDuration::from_nanos(timeout.saturating_mul((1 << times) - 1))
    }

    /// How often its SYN is sent again.
    fn syns(&self) -> u32 {
        self.failed(0)
    }

    /// How much later what is asked arrives, for what is lost after the SYN.
    fn late(&self) -> SimDuration {
        let trips = 1..self.round_trips;
        trips.fold(SimDuration::ZERO, |late, trip| {
            late.saturating_add(self.sent_again(self.failed(trip)))
        })
    }

    /// How much later what is asked arrives if its SYN went `resends` times more for other
    /// reasons; `None` if its kernel gives up before.
    fn asked(&self, kernel: Schedule, resends: u32) -> Option<SimDuration> {
        kernel.sent(self.syns() + resends).map(|sent| sent.saturating_add(self.late()))
    }

    /// How much later the answer arrives.
    fn answered(&self) -> SimDuration {
        self.sent_again(self.lost(ANSWER, self.loss))
    }
}

impl<W: Witness> Simulation<'_, W> {
    /// From the start of an attempt until the client's question reaches the gateway.
    pub fn to_gateway(&self, place: u32, client: &Client) -> SimDuration {
        if self.has_gateway() {
            self.question(client).saturating_add(self.held_back(place))
        } else {
            SimDuration::ZERO
        }
    }

    /// The same from its first packet on.
    #[inline(never)]
    fn question(&self, client: &Client) -> SimDuration {
        let Balance::Gateway(config) = &self.policy.balance else { return SimDuration::ZERO };
        let late = if self.loses(client) { self.question_late(client) } else { SimDuration::ZERO };
        trips(client, config.round_trips).saturating_add(config.service).saturating_add(late)
    }

    /// From the first packet of an attempt until the gateway has told its server, where there is
    /// a gateway.
    #[inline]
    fn at_gateway(&self, client: &Client) -> SimDuration {
        if self.has_gateway() { self.gateway_takes(client) } else { SimDuration::ZERO }
    }

    #[inline(never)]
    fn gateway_takes(&self, client: &Client) -> SimDuration {
        self.question(client).saturating_add(self.gateway_answer_takes(client))
    }

    /// From the first packet to a server until the request reaches it: all round trips but the
    /// last half, when the SYN went `resends` times more.
    #[inline]
    pub fn request(&self, client: &Client, resends: u32) -> SimDuration {
        let (group, _) = self.group(client);
        let steady = trips(client, group.round_trips);
        if resends == 0 && !self.loses(client) {
            return steady;
        }
        steady.saturating_add(self.request_late(client, resends))
    }

    /// From the start of an attempt until its request reaches the servers, after the gateway
    /// where there is one.
    #[inline]
    pub fn lead(&self, place: u32, client: &Client, resends: u32) -> SimDuration {
        self.first_syn(place, client).saturating_add(self.request(client, resends))
    }

    /// From the start of an attempt until its first packet to the servers.
    #[inline]
    fn first_syn(&self, place: u32, client: &Client) -> SimDuration {
        self.at_gateway(client).saturating_add(self.held_back(place))
    }

    /// When a client's kernel gives up an attempt that started at `start`, as none of its SYNs to
    /// a server is answered: not before now.
    pub fn kernel_gives_up(&self, place: u32, client: &Client, start: SimTime) -> SimTime {
        // What was late on its way may find the kernel at its end already.
        let first = start.after(self.first_syn(place, client));
        first.after(self.kernel(client).gives_up()).max(self.now)
    }

    /// When a client's kernel sends again.
    pub fn kernel(&self, client: &Client) -> Schedule {
        schedule(self.group(client).0.syn_retries)
    }

    /// The packets of a client's attempt to and from its server.
    fn to_server(&self, client: &Client) -> Exchange {
        let (group, _) = self.group(client);
        let draw = self.draw(client, purpose::LOSS, client.attempt);
        let rtt = u64::from(client.rtt);
        Exchange { draw, loss: group.loss, rtt, round_trips: group.round_trips }
    }

    /// Those to and from the gateway before, where there is one.
    fn with_gateway(&self, client: &Client) -> Option<Exchange> {
        let Balance::Gateway(config) = &self.policy.balance else { return None };
        let draw = self.draw(client, purpose::GATEWAY_LOSS, client.attempt);
        Some(Exchange { draw, round_trips: config.round_trips, ..self.to_server(client) })
    }

    /// How often the SYN of an attempt to its server is lost.
    pub fn lost_syns(&self, client: &Client) -> u32 {
        if self.loses(client) { self.to_server(client).syns() } else { 0 }
    }

    /// How often the SYN of a question to the gateway is lost.
    pub fn lost_questions(&self, client: &Client) -> u32 {
        let asks = self.loses(client).then(|| self.with_gateway(client)).flatten();
        asks.map_or(0, |asks| asks.syns())
    }

    /// How much later an attempt's request reaches the server, seen from its first packet to
    /// it, if its SYN went `resends` times more; the longest there is if it never does.
    #[inline(never)]
    fn request_late(&self, client: &Client, resends: u32) -> SimDuration {
        let late = self.to_server(client).asked(self.kernel(client), resends);
        late.unwrap_or(SimDuration::MAX)
    }

    /// How much later a question reaches the gateway; likewise.
    #[inline(never)]
    fn question_late(&self, client: &Client) -> SimDuration {
        let Some(asks) = self.with_gateway(client) else { return SimDuration::ZERO };
        asks.asked(self.kernel(client), 0).unwrap_or(SimDuration::MAX)
    }

    /// How much later an attempt's request reaches its server than without losses.
    #[inline(never)]
    pub fn lost_time(&self, client: &Client) -> SimDuration {
        if !self.loses(client) {
            return SimDuration::ZERO;
        }
        self.question_late(client)
            .saturating_add(self.gateway_answer_late(client))
            .saturating_add(self.request_late(client, 0))
    }

    /// How long after the gateway's answer to an attempt its client hears it.
    #[inline]
    pub fn gateway_answer_takes(&self, client: &Client) -> SimDuration {
        if !self.loses(client) {
            return half(client);
        }
        half(client).saturating_add(self.gateway_answer_late(client))
    }

    #[inline(never)]
    fn gateway_answer_late(&self, client: &Client) -> SimDuration {
        self.with_gateway(client).map(|asks| asks.answered()).unwrap_or_default()
    }

    /// How long after a server's answer to an attempt its client hears it.
    #[inline]
    pub fn answer_takes(&self, client: &Client) -> SimDuration {
        if !self.loses(client) {
            return half(client);
        }
        half(client).saturating_add(self.answer_late(client))
    }

    #[inline(never)]
    fn answer_late(&self, client: &Client) -> SimDuration {
        self.to_server(client).answered()
    }

    /// After how long the kernel gives an attempt up, if the network lets none of its SYNs
    /// through; the longest time there is if it does.
    #[inline(never)]
    pub fn kernel_patience(&self, client: &Client) -> SimDuration {
        let kernel = self.kernel(client);
        let is_lost = |exchange: &Exchange| kernel.sent(exchange.syns()).is_none();
        if self.with_gateway(client).as_ref().is_some_and(is_lost) {
            kernel.gives_up()
        } else if is_lost(&self.to_server(client)) {
            self.at_gateway(client).saturating_add(kernel.gives_up())
        } else {
            SimDuration::MAX
        }
    }
}

/// So many round trips of a client, without the last half.
const fn trips(client: &Client, round_trips: u32) -> SimDuration {
    let half = client.rtt as u64 / 2;
    SimDuration::from_nanos((client.rtt as u64 * round_trips as u64).saturating_sub(half))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{Draws, Purpose};
    use crate::plan::SynRetries;

    fn exchange(entity: u64, loss: f64) -> Exchange {
        let draw = Draws::new(1, 0).at(Purpose::new(1), entity, 0);
        Exchange { draw, loss, rtt: 40_000_000, round_trips: 3 }
    }

    /// Losses in a row are geometric; the mean over n is within four standard errors.
    #[test]
    fn a_packet_is_lost_as_often_as_its_share_says() {
        const MANY: u64 = 20_000;
        for loss in [0.01, 0.2, 0.5] {
            let fails = 1.0 - (1.0 - loss) * (1.0 - loss);
            let mut sums = [0; 4];
            for exchange in (0..MANY).map(|entity| exchange(entity, loss)) {
                let answer = exchange.lost(ANSWER, loss);
                let times = [0, 1, 2].map(|trip| exchange.failed(trip));
                for (sum, times) in sums.iter_mut().zip(times.into_iter().chain([answer])) {
                    *sum += times;
                }
            }
            for (chance, sum) in [fails, fails, loss, loss].into_iter().zip(sums) {
                let mean = chance / (1.0 - chance);
                let error = (chance / (1.0 - chance).powi(2) / MANY as f64).sqrt();
                let apart = f64::from(sum) / MANY as f64 - mean;
                assert!(apart.abs() < 4.0 * error, "{loss}: {apart} from {mean}");
            }
        }
    }

    #[test]
    fn what_is_lost_goes_again_after_linux_timeouts() {
        let ms = |exchange: Exchange, times| exchange.sent_again(times).as_nanos() / 1_000_000;
        let near = exchange(1, 0.1);
        // 40 ms and 200 ms, doubled each time.
        assert_eq!([0, 1, 2, 3].map(|times| ms(near, times)), [0, 240, 720, 1_680]);
        // Beyond 100 ms a round trip counts three times.
        assert_eq!(ms(Exchange { rtt: 150_000_000, ..near }, 1), 450);
        let longest = Exchange { rtt: u64::from(u32::MAX), ..near };
        assert!(longest.sent_again(MOST) < SimDuration::MAX);
    }

    #[test]
    fn a_kernel_that_sends_no_more_syns_gives_up() {
        let windows = super::super::accept::schedule(SynRetries::Windows);
        let lossless = exchange(1, 0.0);
        assert_eq!(lossless.asked(windows, 0), Some(SimDuration::ZERO));
        assert_eq!(lossless.asked(windows, 2), Some(SimDuration::from_secs(9)));
        assert_eq!(lossless.asked(windows, 3), None);
    }
}
