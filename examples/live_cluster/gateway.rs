//! `GET /gateway?key=KEY`: which server a client is to connect to.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use super::{Failure, View};

/// Listens on a free port of loopback.
pub async fn start(views: watch::Receiver<Arc<View>>) -> Result<SocketAddr, Failure> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let view = views.borrow().clone();
            // A client that hangs up has its own way of noticing.
            tokio::spawn(async move { drop(answer(stream, &view).await) });
        }
    });
    Ok(address)
}

async fn answer(mut stream: TcpStream, view: &View) -> Result<(), Failure> {
    let mut lines = BufReader::new(&mut stream).lines();
    let request = lines.next_line().await?.unwrap_or_default();
    while lines.next_line().await?.is_some_and(|header| !header.is_empty()) {}
    let (status, body) = reply(&request, view);
    let length = body.len();
    let head = "Content-Type: application/json\r\nConnection: close";
    let text = format!("HTTP/1.1 {status}\r\n{head}\r\nContent-Length: {length}\r\n\r\n{body}");
    stream.write_all(text.as_bytes()).await?;
    stream.shutdown().await?;
    Ok(())
}

/// The status and the body for a request line.
fn reply(request: &str, view: &View) -> (&'static str, String) {
    let key = request.strip_prefix("GET /gateway?key=").and_then(|rest| rest.split(' ').next());
    let Some(key) = key else { return ("404 Not Found", "{}".to_owned()) };
    match view.owner(key.as_bytes()).and_then(|owner| view.addresses.get(&owner)) {
        Some(address) => ("200 OK", format!("{{\"url\":\"ws://{address}/\"}}")),
        None => ("503 Service Unavailable", "{}".to_owned()),
    }
}

/// Asks a gateway for the server of a key.
///
/// # Errors
/// It does not answer, or knows no server.
pub async fn ask(gateway: SocketAddr, key: &str) -> Result<String, Failure> {
    let mut stream = TcpStream::connect(gateway).await?;
    let request = format!("GET /gateway?key={key} HTTP/1.1\r\nHost: {gateway}\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut lines = BufReader::new(stream).lines();
    let status = lines.next_line().await?.unwrap_or_default();
    let mut body = String::new();
    while let Some(line) = lines.next_line().await? {
        body = line;
    }
    let url = body.strip_prefix("{\"url\":\"").and_then(|rest| rest.strip_suffix("\"}"));
    url.map(str::to_owned).ok_or_else(|| format!("the gateway says `{status}`").into())
}
