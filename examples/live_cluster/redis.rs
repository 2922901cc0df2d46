//! As much of Redis as pub/sub needs: RESP2 over two connections a server, one that
//! subscribes and one that publishes.
//!
//! Source: "Redis serialization protocol specification", RESP2; command pages of
//! SUBSCRIBE, PUBLISH, PUBSUB NUMSUB.

use std::fmt;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};

use super::Failure;
use super::broker::{Count, Notice, Request, Tally};
use super::server::Event;

/// Where a Redis is, and its password if it has one.
#[derive(Debug, PartialEq, Eq)]
pub struct Address {
    host: String,
    password: Option<String>,
}

impl Address {
    /// Reads `redis://[[USER]:PASSWORD@]HOST[:PORT][/...]`.
    ///
    /// # Errors
    /// It is not of this form.
    pub fn parse(url: &str) -> Result<Self, Failure> {
        let rest = url.strip_prefix("redis://").ok_or_else(|| format!("`{url}`: not redis://"))?;
        let place = rest.split('/').next().unwrap_or_default();
        let (secret, host) = match place.rsplit_once('@') {
            Some((secret, host)) => (Some(secret), host),
            None => (None, place),
        };
        if host.is_empty() {
            return Err(format!("`{url}`: no host").into());
        }
        let has_port = host.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
        let host = if has_port { host.to_owned() } else { format!("{host}:6379") };
        let password = secret.map(|secret| secret.rsplit(':').next().unwrap_or(secret).to_owned());
        Ok(Self { host, password })
    }
}

impl fmt::Display for Address {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.host)
    }
}

/// An answer, as far as they occur.
#[derive(Debug, PartialEq, Eq)]
enum Reply {
    Text(String),
    Number(usize),
    List(Vec<Reply>),
}

/// A connection, its halves apart.
struct Connection {
    reader: BufReader<OwnedReadHalf>,
    writer: OwnedWriteHalf,
}

impl Connection {
    async fn open(address: &Address) -> Result<Self, Failure> {
        let stream = TcpStream::connect(&address.host).await;
        let stream = stream.map_err(|error| format!("no Redis at {address}: {error}"))?;
        stream.set_nodelay(true)?;
        let (reader, writer) = stream.into_split();
        let mut connection = Self { reader: BufReader::new(reader), writer };
        if let Some(password) = &address.password {
            connection.writer.write_all(&command(&["AUTH", password])).await?;
            read(&mut connection.reader).await?;
        }
        Ok(connection)
    }
}

/// A command as an array of bulk strings.
fn command(words: &[&str]) -> Vec<u8> {
    let mut bytes = format!("*{}\r\n", words.len()).into_bytes();
    for word in words {
        bytes.extend_from_slice(format!("${}\r\n{word}\r\n", word.len()).as_bytes());
    }
    bytes
}

/// Reads one answer; errors of Redis are errors.
async fn read(reader: &mut BufReader<OwnedReadHalf>) -> Result<Reply, Failure> {
    let head = read_one(reader).await?;
    let Head::List(count) = head else { return head.flat() };
    let mut items = Vec::with_capacity(count.min(1024));
    for _ in 0..count {
        items.push(read_one(reader).await?.flat()?);
    }
    Ok(Reply::List(items))
}

/// An answer, or that so many follow. Lists in lists do not occur here.
enum Head {
    Flat(Reply),
    List(usize),
}

impl Head {
    fn flat(self) -> Result<Reply, Failure> {
        match self {
            Self::Flat(reply) => Ok(reply),
            Self::List(_) => Err("Redis answers with a list in a list".into()),
        }
    }
}

async fn read_one(reader: &mut BufReader<OwnedReadHalf>) -> Result<Head, Failure> {
    let mut line = String::new();
    if reader.read_line(&mut line).await? == 0 {
        return Err("Redis has closed the connection".into());
    }
    let line = line.trim_end();
    let mut letters = line.chars();
    let kind = letters.next();
    let rest = letters.as_str();
    let flat = match kind {
        Some('+') => Reply::Text(rest.to_owned()),
        Some(':') => Reply::Number(rest.parse()?),
        Some('*') => return Ok(Head::List(rest.parse()?)),
        Some('$') => {
            let mut bytes = vec![0; rest.parse::<usize>()? + 2];
            reader.read_exact(&mut bytes).await?;
            bytes.truncate(bytes.len() - 2);
            Reply::Text(String::from_utf8(bytes)?)
        }
        _ => return Err(format!("Redis says `{line}`").into()),
    };
    Ok(Head::Flat(flat))
}

/// Connects a server: its requests go to Redis, what Redis has for it to its events.
///
/// # Errors
/// Redis is not there.
pub async fn connect(
    address: &Address,
    mut requests: UnboundedReceiver<Request>,
    events: UnboundedSender<Event>,
    tally: Tally,
) -> Result<(), Failure> {
    let Connection { reader, writer: mut subscriber } = Connection::open(address).await?;
    let Connection { reader: mut answers, writer: mut publisher } =
        Connection::open(address).await?;
    tokio::spawn(listen(reader, events.clone()));
    tokio::spawn(async move {
        while let Ok(Reply::Number(copies)) = read(&mut answers).await {
            tally.add(Count::Copies, copies);
            if events.send(Event::Broker(Notice::Published)).is_err() {
                return;
            }
        }
    });
    tokio::spawn(async move {
        while let Some(request) = requests.recv().await {
            let (writer, words) = match &request {
                Request::Subscribe(room) => (&mut subscriber, vec!["SUBSCRIBE", room]),
                Request::Unsubscribe(room) => (&mut subscriber, vec!["UNSUBSCRIBE", room]),
                Request::Publish { room, text } => (&mut publisher, vec!["PUBLISH", room, text]),
            };
            if writer.write_all(&command(&words)).await.is_err() {
                return;
            }
        }
    });
    Ok(())
}

/// Passes on what comes on a connection that has subscribed.
async fn listen(mut reader: BufReader<OwnedReadHalf>, events: UnboundedSender<Event>) {
    while let Ok(Reply::List(items)) = read(&mut reader).await {
        let notice = match <[Reply; 3]>::try_from(items) {
            Ok([Reply::Text(kind), Reply::Text(room), what]) => match (kind.as_str(), what) {
                ("subscribe", _) => Notice::Subscribed(room),
                ("unsubscribe", _) => Notice::Unsubscribed,
                ("message", Reply::Text(text)) => Notice::Message { room, text },
                _ => return,
            },
            _ => return,
        };
        if events.send(Event::Broker(notice)).is_err() {
            return;
        }
    }
}

/// How many connections have subscribed to each channel.
///
/// # Errors
/// Redis is not there or answers something else.
pub async fn subscribers(address: &Address, channels: &[&str]) -> Result<Vec<usize>, Failure> {
    let mut connection = Connection::open(address).await?;
    let words = [&["PUBSUB", "NUMSUB"], channels].concat();
    connection.writer.write_all(&command(&words)).await?;
    let Reply::List(pairs) = read(&mut connection.reader).await? else {
        return Err("Redis does not list subscribers".into());
    };
    let counts: Vec<usize> = pairs
        .into_iter()
        .filter_map(|item| match item {
            Reply::Number(count) => Some(count),
            _ => None,
        })
        .collect();
    if counts.len() == channels.len() { Ok(counts) } else { Err("Redis lists too few".into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_of_a_redis_is_read_from_its_url() {
        let read = |url| Address::parse(url).map(|address| (address.host, address.password)).ok();
        let at = |host: &str, password: Option<&str>| {
            Some((host.to_owned(), password.map(str::to_owned)))
        };
        assert_eq!(read("redis://127.0.0.1:7000"), at("127.0.0.1:7000", None));
        assert_eq!(read("redis://cache/0"), at("cache:6379", None));
        assert_eq!(read("redis://:secret@cache:1/2"), at("cache:1", Some("secret")));
        assert_eq!(read("redis://default:secret@cache"), at("cache:6379", Some("secret")));
        assert_eq!(read("rediss://cache"), None);
        assert_eq!(read("redis://"), None);
    }

    #[test]
    fn a_command_is_an_array_of_bulk_strings() {
        assert_eq!(command(&["PUBLISH", "a", ""]), b"*3\r\n$7\r\nPUBLISH\r\n$1\r\na\r\n$0\r\n\r\n");
    }
}
