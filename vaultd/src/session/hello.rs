//! The first eight bytes each way.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::sync::watch;
use tokio::time::timeout;
use vault_proto::Dialect;
use vault_proto::hello::{self, ClientHello, Refusal, ServerHello};

use super::{Ended, Pace};

/// Reads the client's hello and answers it. What is not a hello gets no answer:
/// its sender speaks something else.
pub(super) async fn exchange(
    stream: &mut UnixStream,
    pace: Pace,
    stop: &mut watch::Receiver<bool>,
) -> Result<Dialect, Ended> {
    let mut bytes = [0; hello::LEN];
    let read = tokio::select! {
        biased;
        _ = stop.wait_for(|stop| *stop) => {
            let _ = rustix::io::write(&*stream, &ServerHello::Refused(Refusal::ShuttingDown).encode());
            return Err(Ended::Stopped);
        }
        read = timeout(pace.frame, stream.read_exact(&mut bytes)) => read,
    };
    match read {
        Ok(Ok(_)) => {}
        Ok(Err(_)) => return Err(Ended::HungUp),
        Err(_) => return Err(Ended::SlowSender),
    }
    let hello = ClientHello::parse(&bytes).map_err(|_| Ended::NotOurProtocol)?;
    let answer = hello.answer();
    match timeout(pace.write, stream.write_all(&answer.encode())).await {
        Ok(Ok(())) => {}
        Ok(Err(_)) => return Err(Ended::HungUp),
        Err(_) => return Err(Ended::SlowReader),
    }
    hello.dialect().map_err(|_| Ended::NothingInCommon)
}
