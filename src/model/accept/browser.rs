//! The throttles that browsers put on new WebSockets, on top of any library's back-off.
//!
//! Each client is one process with one WebSocket. What a browser remembers is brought up
//! to date when something happens to its client, so that it needs no events of its own.

use crate::engine::{Draw, SimDuration, SimTime};
use crate::model::client::Client;
use crate::model::purpose;
use crate::model::simulation::Simulation;
use crate::model::witness::Witness;
use crate::plan::Browser;

/// What a browser remembers of its client's attempts.
#[derive(Clone, Copy, Debug, Default)]
pub(super) enum Throttle {
    /// Nothing.
    #[default]
    Fresh,
    /// Chrome.
    Chrome(Chrome),
    /// Firefox: the record of a failure.
    Firefox(FailDelay),
}

/// Chrome's counts of handshakes in this period of two minutes and the one before.
///
/// Source: chromium `services/network/websocket_throttler.cc`.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Chrome {
    /// When the present period ends; zero while the timer does not run.
    rolls_at: SimTime,
    /// [this period, the one before].
    failed: [u16; 2],
    succeeded: [u16; 2],
    pending: bool,
}

const CHROME_PERIOD: SimDuration = SimDuration::from_secs(120);

impl Chrome {
    /// Ends the periods that are over. An entry without a pending attempt and without a
    /// success in the last period is erased, failures or not (`IsClean` looks at the
    /// successes twice and at the earlier failures never), and the timer stops with it.
    fn roll(&mut self, now: SimTime) {
        while self.rolls_at != SimTime::ZERO && self.rolls_at <= now {
            self.failed = [0, self.failed[0]];
            self.succeeded = [0, self.succeeded[0]];
            self.rolls_at = self.rolls_at.after(CHROME_PERIOD);
            if !self.pending && self.succeeded[1] == 0 {
                *self = Self::default();
            }
        }
    }

    /// A WebSocket is made: how long it is delayed, in whole milliseconds, which is
    /// RandInt(1000, 5000) x 2^min(p + f / (s + 1), 16) / 65536 with p = 1, itself.
    fn begin(&mut self, now: SimTime, draw: Draw) -> SimDuration {
        self.roll(now);
        if self.rolls_at == SimTime::ZERO {
            self.rolls_at = now.after(CHROME_PERIOD);
        }
        self.pending = true;
        let [failed, succeeded] =
            [self.failed, self.succeeded].map(|[this, before]| u64::from(this) + u64::from(before));
        let exponent = (1 + failed / (succeeded + 1)).min(16);
        let ms = (1_000 + draw.below(4_001)) * (1 << exponent) / 65_536;
        SimDuration::from_millis(ms)
    }

    fn end(&mut self, now: SimTime, succeeded: bool) {
        self.roll(now);
        self.pending = false;
        let count = if succeeded { &mut self.succeeded[0] } else { &mut self.failed[0] };
        *count = count.saturating_add(1);
    }
}

/// Firefox's record of failures to one host and path.
///
/// Source: gecko `netwerk/protocol/websocket/WebSocketChannel.cpp`, `FailDelay` and
/// `nsWSAdmissionManager::OnStopSession`.
#[derive(Clone, Copy, Debug)]
pub(super) struct FailDelay {
    failed_at: SimTime,
    next_delay_ms: u32,
}

const FIREFOX_BASE_MS: u32 = 200;
const FIREFOX_RANDOM_MS: u64 = 200;
const FIREFOX_MOST_MS: f64 = 60_000.0;
const FIREFOX_LIFETIME: SimDuration = SimDuration::from_secs(60);

impl FailDelay {
    fn new(now: SimTime, draw: Draw) -> Self {
        let next_delay_ms = FIREFOX_BASE_MS + draw.below(FIREFOX_RANDOM_MS) as u32;
        Self { failed_at: now, next_delay_ms }
    }

    fn failed_again(&mut self, now: SimTime) {
        self.failed_at = now;
        self.next_delay_ms = (f64::from(self.next_delay_ms) * 1.5).min(FIREFOX_MOST_MS) as u32;
    }

    /// What is left of the delay, in whole milliseconds.
    fn remaining(&self, now: SimTime) -> SimDuration {
        let since = now.since(self.failed_at).as_nanos() / 1_000_000;
        SimDuration::from_millis(u64::from(self.next_delay_ms).saturating_sub(since))
    }

    fn is_expired(&self, now: SimTime) -> bool {
        let lifetime = SimDuration::from_millis(u64::from(self.next_delay_ms));
        self.failed_at.after(FIREFOX_LIFETIME.saturating_add(lifetime)) <= now
    }
}

impl Throttle {
    /// The library makes a WebSocket: for how long the browser holds it back.
    fn begin(&mut self, browser: Browser, now: SimTime, draw: Draw) -> SimDuration {
        match browser {
            Browser::Chrome => {
                let mut chrome =
                    if let Self::Chrome(chrome) = *self { chrome } else { Chrome::default() };
                let delay = chrome.begin(now, draw);
                *self = Self::Chrome(chrome);
                delay
            }
            Browser::Firefox => {
                let Self::Firefox(record) = *self else { return SimDuration::ZERO };
                let remaining = record.remaining(now);
                if remaining.is_zero() && record.is_expired(now) {
                    *self = Self::Fresh;
                }
                remaining
            }
        }
    }

    /// The connection is open.
    fn opened(&mut self, now: SimTime) {
        match self {
            Self::Chrome(chrome) => chrome.end(now, true),
            Self::Firefox(_) => *self = Self::Fresh,
            Self::Fresh => {}
        }
    }

    /// The attempt failed; `by_script` where the page closed it. Firefox does not count that
    /// against a host that has a record.
    fn failed(&mut self, browser: Browser, now: SimTime, by_script: bool, draw: Draw) {
        match (browser, self) {
            (Browser::Chrome, Self::Chrome(chrome)) => chrome.end(now, false),
            (Browser::Chrome, _) => {}
            (Browser::Firefox, Self::Firefox(record)) => {
                if !by_script {
                    record.failed_again(now);
                }
            }
            (Browser::Firefox, throttle) => *throttle = Self::Firefox(FailDelay::new(now, draw)),
        }
    }

    /// An open connection was lost without a close.
    fn lost(&mut self, browser: Browser, now: SimTime, draw: Draw) {
        if browser == Browser::Firefox {
            self.failed(browser, now, false, draw);
        }
    }
}

impl<W: Witness> Simulation<'_, W> {
    /// A client's latest attempt starts at `start`: for how long its browser holds it back.
    #[inline]
    pub fn hold_back_by_browser(&mut self, place: u32, start: SimTime) -> SimDuration {
        if W::PLAIN || !self.accept.held.on {
            return SimDuration::ZERO;
        }
        let delay = self.browser_of(place).map_or(SimDuration::ZERO, |(browser, client)| {
            let draw = self.draw(&client, purpose::BROWSER, client.attempt);
            let mut throttle = self.accept.throttles.get(place);
            let delay = throttle.begin(browser, start, draw);
            self.accept.throttles.set(place, throttle);
            delay
        });
        self.accept.held.set(place, delay);
        delay
    }

    /// A client's browser hears at `known` that its attempt failed; `by_script` at its time-out.
    #[inline]
    pub fn browser_failed(&mut self, place: u32, known: SimTime, by_script: bool) {
        self.with_throttle(place, |throttle, browser, draw| {
            throttle.failed(browser, known, by_script, draw);
        });
    }

    /// A client's browser hears at `heard` that its connection is open.
    #[inline]
    pub fn browser_opened(&mut self, place: u32, heard: SimTime) {
        self.with_throttle(place, |throttle, _, _| throttle.opened(heard));
    }

    /// A client's browser hears at `known` that its connection is lost.
    #[inline]
    pub fn browser_lost(&mut self, place: u32, known: SimTime) {
        self.with_throttle(place, |throttle, browser, draw| throttle.lost(browser, known, draw));
    }

    #[inline]
    fn with_throttle(&mut self, place: u32, change: impl FnOnce(&mut Throttle, Browser, Draw)) {
        let Some((browser, client)) = self.browser_of(place) else { return };
        let draw = self.draw(&client, purpose::BROWSER, client.attempt).again(0);
        let mut throttle = self.accept.throttles.get(place);
        change(&mut throttle, browser, draw);
        self.accept.throttles.set(place, throttle);
    }

    #[inline]
    fn browser_of(&self, place: u32) -> Option<(Browser, Client)> {
        if W::PLAIN || !self.accept.throttles.on {
            return None;
        }
        let client = self.clients.get(place);
        Some((self.group(&client).0.browser?, client))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> SimTime {
        SimTime::ZERO.after(SimDuration::from_millis(ms))
    }

    /// The lowest and the highest delay that chance allows.
    fn range(chrome: Chrome, now: SimTime) -> (u64, u64) {
        let ms = |bits| chrome.clone().begin(now, Draw::from_bits(bits)).as_nanos() / 1_000_000;
        (ms(0), ms(u64::MAX))
    }

    #[test]
    fn chrome_delays_by_its_formula_in_an_outage() {
        let mut chrome = Chrome::default();
        let mut seen = Vec::new();
        for failures in 0..20_u64 {
            let now = at(failures * 1_000);
            seen.push(range(chrome, now));
            chrome.begin(now, Draw::from_bits(0));
            chrome.end(now, false);
        }
        // Exponent 1 + failures; 10: 16 to 78 ms, 13: 125 to 625 ms, 15: 0.5 to 2.5 s, 16 and
        // more: 1 to 5 s (whole milliseconds, rounded down).
        assert_eq!(seen[0], (0, 0));
        assert_eq!([seen[9], seen[12], seen[14]], [(15, 78), (125, 625), (500, 2_500)]);
        assert!(seen[15..].iter().all(|delays| *delays == (1_000, 5_000)));
    }

    #[test]
    fn a_success_halves_what_chrome_makes_of_failures() {
        let mut chrome = Chrome::default();
        for _ in 0..9 {
            chrome.begin(at(0), Draw::from_bits(0));
            chrome.end(at(0), false);
        }
        assert_eq!(range(chrome, at(1)), (15, 78), "exponent 1 + 9");
        chrome.begin(at(1), Draw::from_bits(0));
        chrome.end(at(1), true);
        assert_eq!(range(chrome, at(2)), (0, 2), "exponent 1 + 9 / 2 = 5");
    }

    #[test]
    fn chrome_forgets_failures_when_its_period_ends_unless_an_attempt_is_pending() {
        let mut idle = Chrome::default();
        for _ in 0..20 {
            idle.begin(at(0), Draw::from_bits(0));
            idle.end(at(0), false);
        }
        let mut pending = idle;
        pending.begin(at(119_000), Draw::from_bits(0));
        assert_eq!(range(idle, at(119_999)), (1_000, 5_000));
        assert_eq!(range(idle, at(120_000)), (0, 0), "erased");
        assert_eq!(range(pending, at(120_000)), (1_000, 5_000), "kept for one more period");
        assert_eq!(range(pending, at(240_000)), (0, 0));
    }

    #[test]
    fn firefox_delays_from_the_last_failure_and_by_half_more_each_time() {
        let draw = Draw::from_bits(u64::MAX);
        let mut throttle = Throttle::default();
        let begin = |throttle: &mut Throttle, ms| {
            throttle.begin(Browser::Firefox, at(ms), draw).as_nanos() / 1_000_000
        };
        assert_eq!(begin(&mut throttle, 0), 0);
        throttle.failed(Browser::Firefox, at(0), true, draw);
        assert_eq!([begin(&mut throttle, 0), begin(&mut throttle, 100)], [399, 299]);
        throttle.failed(Browser::Firefox, at(500), true, draw);
        assert_eq!(begin(&mut throttle, 500), 0, "closed by the page: not counted again");
        throttle.failed(Browser::Firefox, at(600), false, draw);
        assert_eq!(begin(&mut throttle, 600), 598, "399 x 1.5, whole");
        for _ in 0..40 {
            throttle.failed(Browser::Firefox, at(1_000), false, draw);
        }
        assert_eq!(begin(&mut throttle, 1_000), 60_000, "never more than a minute");
        assert_eq!(begin(&mut throttle, 120_999), 0, "kept, but over");
        throttle.opened(at(121_000));
        assert_eq!(begin(&mut throttle, 121_000), 0);
    }

    #[test]
    fn firefox_forgets_a_record_a_minute_after_its_delay() {
        let draw = Draw::from_bits(0);
        let mut throttle = Throttle::default();
        throttle.failed(Browser::Firefox, at(0), false, draw);
        throttle.begin(Browser::Firefox, at(60_199), draw);
        assert!(matches!(throttle, Throttle::Firefox(_)));
        throttle.begin(Browser::Firefox, at(60_200), draw);
        assert!(matches!(throttle, Throttle::Fresh));
    }
}
