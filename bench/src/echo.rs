//! The floor: the same bytes back over the same transport, nothing done with
//! them. One single-threaded runtime, one write per drained read, as the daemon.

use std::path::{Path, PathBuf};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixListener;

pub(crate) struct Echo {
    socket: PathBuf,
}

impl Echo {
    /// Serves on a thread until the process ends.
    pub(crate) fn start(directory: &Path) -> Self {
        let socket = directory.join("echo.sock");
        let listening = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        listening.set_nonblocking(true).unwrap();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let listener = UnixListener::from_std(listening).unwrap();
                loop {
                    let (mut stream, _) = listener.accept().await.unwrap();
                    tokio::spawn(async move {
                        let mut buffer = vec![0; 64 * 1024];
                        while let Ok(read @ 1..) = stream.read(&mut buffer).await {
                            if stream.write_all(&buffer[..read]).await.is_err() {
                                break;
                            }
                        }
                    });
                }
            });
        });
        Self { socket }
    }

    pub(crate) fn socket(&self) -> PathBuf {
        self.socket.clone()
    }
}
