//! A client: asks the gateway, connects, joins its room, and comes back when it is sent away.

use std::net::SocketAddr;

use futures_util::{SinkExt, StreamExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use super::{Failure, gateway};

/// Close code 1012, "service restart": come back, to wherever the gateway says.
/// Source: IANA WebSocket Close Code Number Registry.
pub const RESTART: u16 = 1012;

/// Who it is.
pub struct Client {
    pub number: usize,
    pub key: String,
    pub room: String,
}

/// What it is told to do.
pub enum Command {
    /// Say something to the room.
    Publish(String),
    /// Close for good.
    Leave,
}

/// What it tells.
pub enum Report {
    /// It is on this server, and its room knows it.
    Ready { client: usize, server: String },
    /// Somebody has said something in its room.
    Received { client: usize, text: String },
    /// The server has closed the connection.
    Closed { client: usize, code: Option<u16> },
    /// It has left as it was told.
    Left,
    /// It cannot go on.
    Failed { client: usize, why: String },
}

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Stays connected until it is told to leave.
pub async fn live(
    client: Client,
    gateway: SocketAddr,
    mut commands: UnboundedReceiver<Command>,
    reports: UnboundedSender<Report>,
) {
    loop {
        let report = match visit(&client, gateway, &mut commands, &reports).await {
            Ok(Some(code)) => Report::Closed { client: client.number, code },
            Ok(None) => Report::Left,
            Err(why) => Report::Failed { client: client.number, why: why.to_string() },
        };
        let goes_on = matches!(report, Report::Closed { .. });
        if reports.send(report).is_err() || !goes_on {
            return;
        }
    }
}

/// One connection from start to end: the server's close code, or `None` if it left.
async fn visit(
    client: &Client,
    gateway: SocketAddr,
    commands: &mut UnboundedReceiver<Command>,
    reports: &UnboundedSender<Report>,
) -> Result<Option<Option<u16>>, Failure> {
    let url = gateway::ask(gateway, &client.key).await?;
    let (mut socket, _) = connect_async(url).await?;
    socket.send(Message::text(format!("hello {}", client.key))).await?;
    socket.send(Message::text(format!("subscribe {}", client.room))).await?;
    loop {
        tokio::select! {
            message = socket.next() => match message {
                Some(Ok(Message::Text(text))) => hear(client, text.as_str(), reports)?,
                Some(Ok(Message::Close(frame))) => {
                    finish(&mut socket).await;
                    return Ok(Some(frame.map(|frame| frame.code.into())));
                }
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Ok(Some(None)),
            },
            command = commands.recv() => match command {
                Some(Command::Publish(text)) => {
                    let text = format!("publish {} {text}", client.room);
                    socket.send(Message::text(text)).await?;
                }
                Some(Command::Leave) | None => {
                    socket.close(None).await?;
                    finish(&mut socket).await;
                    return Ok(None);
                }
            },
        }
    }
}

/// Reads on until the other side has closed as well.
async fn finish(socket: &mut Socket) {
    while let Some(Ok(_)) = socket.next().await {}
}

fn hear(client: &Client, text: &str, reports: &UnboundedSender<Report>) -> Result<(), Failure> {
    let number = client.number;
    let report = match text.split_once(' ') {
        Some(("ready", server)) => Report::Ready { client: number, server: server.to_owned() },
        Some(("message", text)) => Report::Received { client: number, text: text.to_owned() },
        _ => return Err(format!("the server says `{text}`").into()),
    };
    Ok(reports.send(report)?)
}
