//! `ringstorm route`: which backend each key, or each connection that is opened, goes to.

use std::collections::{BTreeMap, VecDeque};
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::Path;

use csv::{ByteRecord, Reader, ReaderBuilder, Writer};

use super::arguments::Route;
use super::failure::Failure;
use crate::routing::{BackendId, KeyHash, Membership, Scheme};

pub(super) use error::RouteError;

mod backends;
mod error;
mod options;

/// Reads keys or events, a line at a time, and writes where each goes.
pub(super) fn route(command: &Route) -> Result<(), Failure> {
    let mut config = options::scheme(&command.scheme)?;
    let membership = backends::membership(&command.backends, &mut config)?;
    options::apply(&mut config, &command.options)?;
    options::fit(&config, &membership)?;
    let scheme = Scheme::build(&config, &membership);
    room_for_all(&scheme, &membership)?;
    let keys = open(&command.keys)?;
    let output = BufWriter::new(io::stdout().lock());
    match Routing::new(scheme, membership, output).run(keys) {
        Err(RouteError::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => Ok(other?),
    }
}

/// Refuses a scheme that has no seat for some backends, or too few: they would get nothing, or
/// less than their weight, and the answers would not say why.
fn room_for_all(scheme: &Scheme, membership: &Membership) -> Result<(), RouteError> {
    let address = |id: &BackendId| membership.get(*id).map(|backend| backend.address.clone());
    let backends: Vec<String> = scheme.without_room().iter().filter_map(address).collect();
    if backends.is_empty() { Ok(()) } else { Err(RouteError::NoRoom { backends }) }
}

fn open(path: &Path) -> Result<Box<dyn Read>, RouteError> {
    if path == Path::new("-") {
        return Ok(Box::new(io::stdin().lock()));
    }
    let read = |source| RouteError::Read { path: path.to_owned(), source };
    Ok(Box::new(BufReader::new(File::open(path).map_err(read)?)))
}

/// A scheme at work. Memory: what the scheme takes, and the keys of open connections.
struct Routing<W: Write> {
    scheme: Scheme,
    membership: Membership,
    // The open connections of each key, oldest first; `None` where nobody could take it.
    open: BTreeMap<Vec<u8>, VecDeque<Option<BackendId>>>,
    picks: u64,
    output: Writer<W>,
}

/// Where the columns are.
struct Columns {
    key: usize,
    event: Option<usize>,
}

impl<W: Write> Routing<W> {
    fn new(scheme: Scheme, membership: Membership, output: W) -> Self {
        let output = Writer::from_writer(output);
        Self { scheme, membership, open: BTreeMap::new(), picks: 0, output }
    }

    fn run(mut self, keys: impl Read) -> Result<(), RouteError> {
        let mut reader = ReaderBuilder::new().from_reader(keys);
        let columns = columns(&mut reader)?;
        match columns.event {
            None => self.write([&b"key"[..], b"backend"])?,
            Some(_) => self.write([&b"seq"[..], b"event", b"key", b"backend"])?,
        }
        let mut record = ByteRecord::new();
        let mut seq = 0_u64;
        while reader.read_byte_record(&mut record)? {
            let line = record.position().map_or(0, csv::Position::line);
            let key = record.get(columns.key).unwrap_or_default();
            match columns.event.map(|column| record.get(column).unwrap_or_default()) {
                None => {
                    let backend = self.pick(key);
                    self.write_line(None, key, backend)?;
                }
                Some(event) => {
                    let backend = self.happen(event, key, line)?;
                    self.write_line(Some((seq, event)), key, backend)?;
                }
            }
            seq += 1;
        }
        self.output.flush().map_err(RouteError::Output)
    }

    /// Schemes that draw get the hash of the number of the pick as chance, so that the
    /// same input always gives the same output.
    fn pick(&mut self, key: &[u8]) -> Option<BackendId> {
        let chance = KeyHash::of(&self.picks.to_le_bytes()).bits();
        self.picks += 1;
        self.scheme.pick(key, chance)
    }

    /// Opens a connection, or closes the oldest that is open for this key.
    fn happen(
        &mut self,
        event: &[u8],
        key: &[u8],
        line: u64,
    ) -> Result<Option<BackendId>, RouteError> {
        match event {
            b"open" => {
                let backend = self.pick(key);
                if let Some(id) = backend {
                    self.scheme.opened(id);
                }
                self.open.entry(key.to_vec()).or_default().push_back(backend);
                Ok(backend)
            }
            b"close" => {
                let not_open = || RouteError::NotOpen { key: text(key), line };
                let connections = self.open.get_mut(key).ok_or_else(not_open)?;
                let backend = connections.pop_front().ok_or_else(not_open)?;
                if connections.is_empty() {
                    self.open.remove(key);
                }
                if let Some(id) = backend {
                    self.scheme.closed(id);
                }
                Ok(backend)
            }
            other => Err(RouteError::UnknownEvent { event: text(other), line }),
        }
    }

    fn write_line(
        &mut self,
        event: Option<(u64, &[u8])>,
        key: &[u8],
        backend: Option<BackendId>,
    ) -> Result<(), RouteError> {
        let backend = backend.and_then(|id| self.membership.get(id));
        let address = backend.map_or("", |backend| backend.address.as_str()).as_bytes();
        let written = match event {
            None => self.output.write_record([key, address]),
            Some((seq, event)) => {
                self.output.write_record([seq.to_string().as_bytes(), event, key, address])
            }
        };
        written.map_err(RouteError::writing)
    }

    fn write<const N: usize>(&mut self, fields: [&[u8]; N]) -> Result<(), RouteError> {
        self.output.write_record(fields).map_err(RouteError::writing)
    }
}

fn columns<R: Read>(reader: &mut Reader<R>) -> Result<Columns, RouteError> {
    let header = reader.byte_headers()?;
    let find = |name: &str| header.iter().position(|field| field == name.as_bytes());
    let key = find("key")
        .ok_or_else(|| RouteError::NoKey { header: header.iter().map(text).collect() })?;
    Ok(Columns { key, event: find("event") })
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
