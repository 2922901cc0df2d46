//! The event log of a run on its way to a file or to standard output, entry by entry.

use std::io::{self, Write};
use std::ops::ControlFlow;

use super::arguments::LogFormat;
use crate::engine::SimTime;
use crate::observe::log::{Entry, Fact, Listener};
use crate::report::log::{LoggedRun, jsonl, text};

/// Which entries are wanted.
#[derive(Clone, Debug)]
pub(super) struct Filter {
    /// Of these clients; of whomever, if there are none.
    pub clients: Vec<u32>,
    /// Of these servers, likewise.
    pub servers: Vec<u32>,
    pub from: SimTime,
    pub until: SimTime,
    /// At most so many.
    pub limit: Option<u64>,
}

impl Filter {
    /// Everything, up to a limit.
    pub const fn all(limit: u64) -> Self {
        Self {
            clients: Vec::new(),
            servers: Vec::new(),
            from: SimTime::ZERO,
            until: SimTime::NEVER,
            limit: Some(limit),
        }
    }

    fn wants(&self, entry: &Entry) -> bool {
        let is_among = |wanted: &[u32], of: Option<u32>| {
            wanted.is_empty() || of.is_some_and(|of| wanted.contains(&of))
        };
        (self.from..=self.until).contains(&entry.time)
            && is_among(&self.clients, entry.client)
            && is_among(&self.servers, entry.server)
    }
}

/// Writes what it hears.
pub(super) struct Writing<'a> {
    out: &'a mut dyn Write,
    run: LoggedRun<'a>,
    format: LogFormat,
    filter: &'a Filter,
    written: u64,
    /// Why writing ended before the run did.
    failed: Option<io::Error>,
    /// How many clients have come.
    pub clients: u32,
    /// How many servers there have been.
    pub servers: u32,
}

impl<'a> Writing<'a> {
    /// The log of a run, from its head on.
    pub fn new(
        out: &'a mut dyn Write,
        run: LoggedRun<'a>,
        format: LogFormat,
        filter: &'a Filter,
    ) -> Self {
        let head = match format {
            LogFormat::Text => text::head(&run),
            LogFormat::Jsonl => jsonl::head(&run),
        };
        let failed = out.write_all(head.as_bytes()).err();
        Self { out, run, format, filter, written: 0, failed, clients: 0, servers: 0 }
    }

    /// Whether all could be written. A reader that has gone away is no error: what it wanted it
    /// has.
    pub fn finish(&mut self) -> io::Result<()> {
        match self.failed.take().map_or_else(|| self.out.flush(), Err) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error),
            _ => Ok(()),
        }
    }

    fn write(&mut self, text: &str) -> ControlFlow<()> {
        match self.out.write_all(text.as_bytes()) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                self.failed = Some(error);
                ControlFlow::Break(())
            }
        }
    }
}

impl Listener for Writing<'_> {
    fn wants(&mut self, entry: &Entry) -> bool {
        match (entry.fact, entry.client, entry.server) {
            (Fact::Came { .. }, Some(number), _) => self.clients = self.clients.max(number),
            (Fact::Boots | Fact::Ready, _, Some(index)) => {
                self.servers = self.servers.max(index + 1);
            }
            _ => {}
        }
        self.filter.wants(entry)
    }

    fn until(&self) -> SimTime {
        if self.failed.is_some() { SimTime::ZERO } else { self.filter.until }
    }

    fn hear(&mut self, entry: &Entry) -> ControlFlow<()> {
        if let Some(limit) = self.filter.limit.filter(|limit| self.written >= *limit) {
            let _ = self.write(&match self.format {
                LogFormat::Text => text::cut_off(limit),
                LogFormat::Jsonl => jsonl::cut_off(limit),
            });
            return ControlFlow::Break(());
        }
        self.written += 1;
        let line = match self.format {
            LogFormat::Text => text::line(entry, &self.run),
            LogFormat::Jsonl => jsonl::line(entry, &self.run),
        };
        self.write(&line)
    }
}
