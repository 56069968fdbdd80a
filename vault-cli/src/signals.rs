//! Signals, through the one safe way to catch them: a runtime in a thread of
//! its own, used for nothing else.

use std::future::poll_fn;
use std::io;
use std::task::Poll;
use std::thread;

use rustix::process::Signal;
use tokio::signal::unix::{SignalKind, signal};

/// From now on these signals no longer end the process but are handed to `act`,
/// which runs in another thread.
pub(crate) fn watch(signals: &'static [Signal], mut act: impl FnMut(Signal) + Send + 'static) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    let mut streams = Vec::with_capacity(signals.len());
    {
        let _entered = runtime.enter();
        for caught in signals {
            streams.push((*caught, signal(SignalKind::from_raw(caught.as_raw()))?));
        }
    }
    thread::Builder::new().name("signals".into()).spawn(move || {
        runtime.block_on(async {
            loop {
                let caught = poll_fn(|context| {
                    for (caught, stream) in &mut streams {
                        if stream.poll_recv(context).is_ready() {
                            return Poll::Ready(*caught);
                        }
                    }
                    Poll::Pending
                });
                act(caught.await);
            }
        });
    })?;
    Ok(())
}

/// How a shell reports that a signal ended something.
pub(crate) fn status(signal: Signal) -> u8 {
    u8::try_from(signal.as_raw()).map_or(u8::MAX, |number| number.saturating_add(128))
}
