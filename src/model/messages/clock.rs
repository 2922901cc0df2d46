//! A queue that serves one piece of work at a time, and how busy it was.

use std::collections::VecDeque;

/// First come, first served, by Lindley's recursion: the instant at which it will have done
/// all that it has taken says what the next one waits. O(1) a piece, whatever waits. Sums end
/// at the largest number of nanoseconds, 584 years.
#[derive(Clone, Debug)]
pub struct Clock {
    free: u64,
    worked: Worked,
}

/// Time at work by the sampling step in which it is done, which may lie far ahead: 8 bytes
/// for each step until then. What lies beyond the end of the run is not counted.
#[derive(Clone, Debug)]
struct Worked {
    /// Width of a sampling step, in nanoseconds.
    step: u64,
    /// The first step that `work` tells of.
    first: u64,
    /// Work done in each step from `first` on.
    work: VecDeque<u64>,
    /// Work done in all earlier steps.
    past: u64,
    /// When the last step of `work` ends.
    last_end: u64,
    /// When the run ends.
    end: u64,
}

/// The sampling steps of a run, in nanoseconds.
#[derive(Clone, Copy, Debug)]
pub struct Steps {
    /// Width of a step; positive.
    pub width: u64,
    /// When the run ends.
    pub end: u64,
}

/// A piece of work: one core begins it, and several may go on with it.
#[derive(Clone, Copy, Debug)]
pub struct Work {
    /// How long one core works, in nanoseconds.
    pub alone: u64,
    /// How long `cores` work after that.
    pub together: u64,
    /// How many they are; 1 or more.
    pub cores: u64,
}

impl Clock {
    /// A queue with nothing in it, in a run of `steps`.
    pub fn new(Steps { width, end }: Steps) -> Self {
        let work = VecDeque::from([0]);
        let worked = Worked { step: width, first: 0, work, past: 0, last_end: width, end };
        Self { free: 0, worked }
    }

    /// Takes work of one core that arrives at `arrival`; when it begins.
    ///
    /// `known`, at most `arrival`, must not go back from call to call: where arrivals come out
    /// of order, the queue stands as if each came when it is known, so that an early one never
    /// waits for the arrival of a late one, and none begins before it arrives. With `known`
    /// equal to `arrival` the recursion is exact.
    #[inline]
    pub fn serve(&mut self, known: u64, arrival: u64, work: u64) -> u64 {
        let begins = self.free.max(known);
        let start = self.free.max(arrival);
        self.free = begins.saturating_add(work);
        self.worked.count(begins, work, 1);
        start
    }

    /// The same of work that several cores share, whose time each of them is at work.
    #[inline]
    pub fn serve_with(&mut self, known: u64, arrival: u64, work: Work) -> u64 {
        let Work { alone, together, cores } = work;
        if cores == 1 {
            return self.serve(known, arrival, alone.saturating_add(together));
        }
        let start = self.serve(known, arrival, alone);
        let shared = self.free;
        self.free = shared.saturating_add(together);
        self.worked.count(shared, together, cores);
        start
    }

    /// Whoever works is gone, with all that waits, and begins again with nothing to do. `cores`
    /// worked at once.
    pub fn stop(&mut self, now: u64, cores: u64) {
        self.worked.cut(now, self.free, cores);
        self.free = self.free.min(now);
    }

    /// When it has done all that it has taken.
    pub const fn free(&self) -> u64 {
        self.free
    }

    /// Closes step `step` and those before; work done in them since the last call.
    pub fn close(&mut self, step: u64) -> u64 {
        self.worked.close(step)
    }

    /// Time at work until the end of the step closed last, and in the open one until `now`
    /// if it works without a break from its start.
    pub fn busy(&self, now: u64) -> u64 {
        self.worked.busy(now)
    }
}

impl Worked {
    fn count(&mut self, mut begins: u64, mut work: u64, cores: u64) {
        if begins >= self.end {
            return;
        }
        work = work.min(self.end - begins);
        // Work is taken in order of time, so most of it lies in the last step known.
        while begins + work > self.last_end {
            let here = self.last_end.saturating_sub(begins).min(work);
            if let Some(last) = self.work.back_mut() {
                *last += here * cores;
            }
            begins += here;
            work -= here;
            self.open_step_of(begins);
        }
        if let Some(last) = self.work.back_mut() {
            *last += work * cores;
        }
    }

    /// Opens all steps until that of an instant, which is not before the last one's end.
    fn open_step_of(&mut self, instant: u64) {
        let steps = (instant - self.last_end) / self.step + 1;
        self.work.extend(std::iter::repeat_n(0, steps as usize));
        self.last_end += steps * self.step;
    }

    /// Takes back what would have been done, without a break, between two instants.
    fn cut(&mut self, from: u64, until: u64, cores: u64) {
        self.work.truncate(1);
        self.last_end = (self.first + 1) * self.step;
        let open = until.min(self.last_end).min(self.end).saturating_sub(from) * cores;
        if let Some(here) = self.work.front_mut() {
            *here = here.saturating_sub(open);
        }
    }

    fn close(&mut self, step: u64) -> u64 {
        let mut done = 0;
        while self.first <= step {
            done += self.work.pop_front().unwrap_or(0);
            self.first += 1;
            if self.work.is_empty() {
                self.work.push_back(0);
                self.last_end = (self.first + 1) * self.step;
            }
        }
        self.past += done;
        done
    }

    fn busy(&self, now: u64) -> u64 {
        let open = self.work.front().copied().unwrap_or(0);
        self.past + open.min(now.saturating_sub(self.first * self.step))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_is_counted_in_the_steps_in_which_it_is_done() {
        let mut clock = Clock::new(Steps { width: 100, end: 1_200 });
        assert_eq!(clock.serve(20, 20, 50), 20);
        assert_eq!(clock.serve(30, 30, 250), 70, "it waits for the first");
        assert_eq!(clock.serve(900, 900, 10), 900);
        let done: Vec<u64> = (0..10).map(|step| clock.close(step)).collect();
        assert_eq!(done, [80, 100, 100, 20, 0, 0, 0, 0, 0, 10]);
        assert_eq!(clock.busy(1_000), 310);
        assert_eq!(clock.serve(1_000, 1_000, 5), 1_000);
        assert_eq!((clock.close(10), clock.close(11)), (5, 0));
        clock.serve(1_200, 1_200, 1_000_000);
        assert_eq!((clock.close(12), clock.worked.work.len()), (0, 1), "it is beyond the end");
    }

    #[test]
    fn what_arrives_late_does_not_hold_up_what_arrives_early() {
        let mut clock = Clock::new(Steps { width: 1_000, end: 10_000 });
        assert_eq!(clock.serve(0, 500, 10), 500, "known at 0, there at 500");
        assert_eq!(clock.serve(0, 0, 10), 10, "it is early, behind 10 of work");
    }

    #[test]
    fn work_of_several_cores_takes_the_time_of_one_and_the_cpus_of_all() {
        let mut clock = Clock::new(Steps { width: 100, end: 1_000 });
        let work = Work { alone: 30, together: 100, cores: 4 };
        assert_eq!(clock.serve_with(0, 0, work), 0);
        assert_eq!(clock.serve(10, 10, 5), 130, "one core, behind both parts");
        assert_eq!([0, 1].map(|step| clock.close(step)), [30 + 4 * 70, 4 * 30 + 5]);
    }

    #[test]
    fn who_stops_leaves_what_is_not_done_and_begins_with_nothing() {
        let mut clock = Clock::new(Steps { width: 100, end: 1_000 });
        clock.serve(0, 0, 350);
        assert_eq!(clock.close(0), 100);
        clock.stop(140, 1);
        assert_eq!(clock.serve(150, 150, 10), 150, "nobody is ahead of it");
        assert_eq!([1, 2, 3].map(|step| clock.close(step)), [40 + 10, 0, 0]);
        clock.stop(600, 1);
        assert_eq!((clock.serve(600, 600, 1), clock.close(6)), (600, 1), "it was idle");
    }

    #[test]
    fn sums_end_at_the_largest_number() {
        let mut clock = Clock::new(Steps { width: 100, end: 1_000 });
        let long = Work { alone: u64::MAX, together: u64::MAX, cores: 8 };
        assert_eq!(clock.serve_with(10, 10, long), 10);
        assert_eq!(clock.serve(20, 20, u64::MAX), u64::MAX);
        assert_eq!((clock.close(0), clock.close(9)), (90, 900));
    }
}
