//! The accept loop of one serving thread, and one connection's life.

use std::convert::Infallible;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::sync::{mpsc, watch};
use tokio::time::{sleep, timeout};

use super::Door;
use super::hall::Seat;
use super::leftovers::Leftovers;
use super::limits::HEAD_MAX;
use super::listen::{Listener, Share, Stream};
use super::pace::{Paced, Phase};
use crate::listener::Credentials;

/// Accepts until told to stop, then waits until this thread's connections have
/// ended: each after the request it is in.
pub(crate) async fn accept<D: Door>(share: Share, door: Arc<D>, mut stop: watch::Receiver<bool>) -> io::Result<()> {
    let listener = Listener::new(share)?;
    // Every connection holds a clone; when the last is dropped, all have ended.
    let (here, mut gone) = mpsc::channel::<()>(1);
    let connections = stop.clone();
    loop {
        let accepted = tokio::select! {
            biased;
            _ = stop.wait_for(|stop| *stop) => break,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok(stream) => {
                let (door, stop, here) = (Arc::clone(&door), connections.clone(), here.clone());
                // A panic in there is caught by the runtime: this connection ends, no other.
                tokio::spawn(async move {
                    match stream {
                        Stream::Tcp(stream) => admit(stream, None, &door, stop).await,
                        Stream::Unix(stream) => {
                            let from = peer_of(&stream);
                            admit(stream, from, &door, stop).await;
                        }
                    }
                    drop(here);
                });
            }
            Err(error) => {
                if door.hall().may_warn() {
                    tracing::warn!(%error, "{}: accept failed", D::NAME);
                }
                sleep(RECOVER).await;
            }
        }
    }
    drop(listener);
    drop(here);
    let _ = gone.recv().await;
    Ok(())
}

async fn admit<D, IO>(stream: IO, from: Option<Credentials>, door: &Arc<D>, stop: watch::Receiver<bool>)
where
    D: Door,
    IO: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    match door.hall().seat() {
        Some(seat) => serve(stream, from, seat, door, stop).await,
        None => {
            if door.hall().may_warn() {
                tracing::warn!("{}: connection refused: there are as many as there may be", D::NAME);
            }
            turn_away(stream, &**door).await;
        }
    }
}

async fn serve<D, IO>(stream: IO, from: Option<Credentials>, seat: Seat, door: &Arc<D>, mut stop: watch::Receiver<bool>)
where
    D: Door,
    IO: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let phase = Phase::default();
    let stream = Paced::new(stream, phase.clone(), door.hall().pace);
    // Before the connection, so that it is dropped after it.
    let leftovers = Arc::new(Leftovers::default());
    let handle = |request: Request<Incoming>| {
        let (door, phase, leftovers) = (Arc::clone(door), phase.clone(), Arc::clone(&leftovers));
        async move {
            phase.serving();
            leftovers.sweep();
            let answer = door.handle(request, from, leftovers).await;
            phase.answered();
            Ok::<_, Infallible>(answer)
        }
    };
    let mut connection = pin!(
        http1::Builder::new()
            // hyper's own would run between two requests as well; see `pace.rs`.
            .header_read_timeout(None)
            .max_buf_size(HEAD_MAX)
            .serve_connection(TokioIo::new(stream), service_fn(handle))
    );
    let stopped = async { drop(stop.wait_for(|stop| *stop).await) };
    let ended = tokio::select! {
        ended = connection.as_mut() => Some(ended),
        () = stopped => None,
    };
    let ended = match ended {
        Some(ended) => ended,
        None => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    drop(seat);
    if let Err(error) = ended {
        // hyper's words; they hold nothing of what was sent.
        tracing::debug!(%error, "{}: connection ended", D::NAME);
    }
}

/// Says why, and closes: a client that is left to wait takes it for a hang.
async fn turn_away<D: Door, IO: AsyncRead + AsyncWrite + Unpin>(stream: IO, door: &D) {
    let body = door.too_many();
    let head = format!(
        "HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    let mut stream = Paced::new(stream, Phase::default(), door.hall().pace);
    let told = async {
        stream.write_all(head.as_bytes()).await?;
        stream.write_all(&body).await?;
        stream.shutdown().await
    };
    let _ = timeout(door.hall().pace.linger * 2, told).await;
}

/// The kernel's word on who connected.
fn peer_of(stream: &tokio::net::UnixStream) -> Option<Credentials> {
    let creds = stream.peer_cred().ok()?;
    Some(Credentials { uid: creds.uid(), gid: creds.gid(), pid: creds.pid() })
}

/// Pause after a failed accept.
const RECOVER: Duration = Duration::from_millis(50);
