//! The floor: as many bytes back as the server's answer has, over the same
//! transport, with nothing done in between. A process of its own, one
//! single-threaded runtime, one write per drained read, as the daemon.

use std::path::{Path, PathBuf};
use std::process::Command;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};

use crate::process::{self, Process};
use crate::wire::{Place, Target, Wire};

pub(crate) struct Echo {
    pub(crate) process: Process,
    socket: PathBuf,
}

impl Echo {
    pub(crate) fn start(directory: &Path) -> Self {
        let socket = directory.join("echo.sock");
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.arg(SERVE).arg(&socket);
        let process = Process::spawn(command, &directory.join("echo.log"));
        process::accepts(&socket);
        Self { process, socket }
    }

    /// Answers requests of one length with answers of another.
    pub(crate) fn target(&self, request: usize, answer: usize) -> Target {
        let hello = [request, answer].map(|len| u32::try_from(len).unwrap().to_le_bytes()).concat();
        Target {
            place: Place::Unix(self.socket.clone()),
            hello,
            welcome: 0,
            opening: Vec::new(),
            wire: Wire::Fixed(answer),
        }
    }
}

/// What the process started above does; until TERM.
pub(crate) fn serve(socket: &Path) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let listener = UnixListener::bind(socket).unwrap();
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            tokio::spawn(answer(stream));
        }
    });
}

async fn answer(mut stream: UnixStream) {
    let (Ok(request), Ok(answer)) = (stream.read_u32_le().await, stream.read_u32_le().await) else { return };
    let mut buffer = vec![0; 64 * 1024];
    let mut answers = Vec::new();
    // Of a request that has not come whole.
    let mut begun = 0;
    while let Ok(read @ 1..) = stream.read(&mut buffer).await {
        let arrived = begun + read;
        begun = arrived % request as usize;
        answers.resize(arrived / request as usize * answer as usize, b'x');
        if stream.write_all(&answers).await.is_err() {
            break;
        }
    }
}

/// The argument that makes this program serve.
pub(crate) const SERVE: &str = "serve-echo";
