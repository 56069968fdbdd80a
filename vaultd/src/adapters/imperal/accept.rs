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

use super::leftovers::Leftovers;
use super::limits::HEAD_MAX;
use super::listen::{Listener, Share, Stream};
use super::pace::{Paced, Phase};
use super::{Gateway, Seat, map};
use crate::service::Service;

/// Accepts until told to stop, then waits until this thread's connections have
/// ended: each after the request it is in.
pub(crate) async fn accept<S: Service>(
    share: Share,
    gateway: Arc<Gateway<S>>,
    mut stop: watch::Receiver<bool>,
) -> io::Result<()> {
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
                let (gateway, stop, here) = (Arc::clone(&gateway), connections.clone(), here.clone());
                // A panic in there is caught by the runtime: this connection ends, no other.
                tokio::spawn(async move {
                    match stream {
                        Stream::Tcp(stream) => admit(stream, &gateway, stop).await,
                        Stream::Unix(stream) => admit(stream, &gateway, stop).await,
                    }
                    drop(here);
                });
            }
            Err(error) => {
                if gateway.may_warn() {
                    tracing::warn!(%error, "imperal: accept failed");
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

async fn admit<S, IO>(stream: IO, gateway: &Arc<Gateway<S>>, stop: watch::Receiver<bool>)
where
    S: Service,
    IO: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    match gateway.seat() {
        Some(seat) => serve(stream, seat, gateway, stop).await,
        None => {
            if gateway.may_warn() {
                tracing::warn!("imperal: connection refused: there are as many as there may be");
            }
            turn_away(stream, gateway).await;
        }
    }
}

async fn serve<S, IO>(stream: IO, seat: Seat, gateway: &Arc<Gateway<S>>, mut stop: watch::Receiver<bool>)
where
    S: Service,
    IO: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let phase = Phase::default();
    let stream = Paced::new(stream, phase.clone(), gateway.pace);
    // Before the connection, so that it is dropped after it.
    let leftovers = Arc::new(Leftovers::default());
    let handle = |request: Request<Incoming>| {
        let (gateway, phase, leftovers) = (Arc::clone(gateway), phase.clone(), Arc::clone(&leftovers));
        async move {
            phase.serving();
            let answer = gateway.handle(request, &leftovers).await;
            phase.answered();
            Ok::<_, Infallible>(answer.into_response())
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
        tracing::debug!(%error, "imperal: connection ended");
    }
}

/// Says why, and closes: a client that is left to wait takes it for a hang.
async fn turn_away<S: Service, IO: AsyncRead + AsyncWrite + Unpin>(stream: IO, gateway: &Gateway<S>) {
    let answer = map::refused(503, "TOO_MANY_CONNECTIONS", &"there are as many connections as there may be");
    let body = answer.body();
    let head = format!(
        "HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    let mut stream = Paced::new(stream, Phase::default(), gateway.pace);
    let told = async {
        stream.write_all(head.as_bytes()).await?;
        stream.write_all(body).await?;
        stream.shutdown().await
    };
    let _ = timeout(gateway.pace.linger * 2, told).await;
}

/// Pause after a failed accept.
const RECOVER: Duration = Duration::from_millis(50);
