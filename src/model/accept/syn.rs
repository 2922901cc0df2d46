//! When a client's kernel sends a SYN again that got no answer.

use crate::engine::SimDuration;
use crate::plan::SynRetries;

/// The times of one kernel.
#[derive(Clone, Copy, Debug)]
pub struct Schedule {
    /// Seconds after the first SYN; the first is 0.
    sent: &'static [u64],
    /// When the kernel gives up, in seconds.
    gives_up: u64,
}

/// `tcp_syn_linear_timeouts` 4, `tcp_syn_retries` 6 (Linux 6.5 and later, ip-sysctl).
const LINUX: Schedule = Schedule { sent: &[0, 1, 2, 3, 4, 5, 7, 11, 19, 35, 67], gives_up: 131 };

/// RFC 6298: 1 s, doubled each time; `tcp_syn_retries` 6 (Linux before 6.5, ip-sysctl).
const LINUX_OLD: Schedule = Schedule { sent: &[0, 1, 3, 7, 15, 31, 63], gives_up: 127 };

/// 3 s, doubled; two retransmissions (`TcpMaxConnectRetransmissions` 2).
const WINDOWS: Schedule = Schedule { sent: &[0, 3, 9], gives_up: 21 };

/// xnu `bsd/netinet/tcp_timer.c`: `tcp_syn_backoff` {1, 1, 1, 1, 1, 2, 4, 8, 16, 32, ...} times
/// 1 s; `TCPTV_KEEP_INIT` 75 s.
const MACOS: Schedule = Schedule { sent: &[0, 1, 2, 3, 4, 5, 7, 11, 19, 35, 67], gives_up: 75 };

/// The times of a kernel.
pub const fn schedule(kernel: SynRetries) -> Schedule {
    match kernel {
        SynRetries::Linux => LINUX,
        SynRetries::LinuxOld => LINUX_OLD,
        SynRetries::Windows => WINDOWS,
        SynRetries::MacOs => MACOS,
    }
}

impl Schedule {
    /// When the SYN is sent for the `resends`th time after the first; `None` once the kernel
    /// sends no more.
    pub fn sent(self, resends: u32) -> Option<SimDuration> {
        self.sent.get(resends as usize).map(|seconds| SimDuration::from_secs(*seconds))
    }

    /// When the kernel gives up, counted from the first SYN: after the last.
    pub const fn gives_up(self) -> SimDuration {
        SimDuration::from_secs(self.gives_up)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_kernel_sends_more_often_than_an_event_can_count() {
        for kernel in
            [SynRetries::Linux, SynRetries::LinuxOld, SynRetries::Windows, SynRetries::MacOs]
        {
            let schedule = schedule(kernel);
            assert!(schedule.sent.len() <= 16 && schedule.sent.is_sorted());
            assert!(schedule.sent.last().is_some_and(|last| *last < schedule.gives_up));
        }
    }
}
