//! A terminal of our own, as a person has one.

use std::ffi::OsStr;
use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::ffi::OsStrExt as _;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, tcgetattr};

/// A command at a terminal, and what is on its screen.
pub(crate) struct Pty {
    child: Child,
    keyboard: File,
    screen: Arc<Mutex<Vec<u8>>>,
    reader: JoinHandle<()>,
}

impl Pty {
    /// All three streams are the terminal, and it controls the session.
    pub(crate) fn start(command: &Command) -> Self {
        // `setsid` gives it the terminal as its own; safe code cannot.
        let mut session = Command::new("setsid");
        session.args(["--ctty", "--wait"]).arg(command.get_program()).args(command.get_args()).env_clear();
        session.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        let name = ptsname(&master, Vec::new()).unwrap();
        let path = OsStr::from_bytes(name.as_bytes()).to_owned();
        let end = || Stdio::from(OpenOptions::new().read(true).write(true).open(&path).unwrap());
        let child = session.stdin(end()).stdout(end()).stderr(end()).spawn().unwrap();
        // The command object holds its ends open, and the screen would never end.
        drop(session);
        let keyboard = File::from(master);
        let screen = Arc::new(Mutex::new(Vec::new()));
        let (shown, mut reader) = (Arc::clone(&screen), keyboard.try_clone().unwrap());
        let reader = thread::spawn(move || {
            let mut piece = [0; 4_096];
            while let Ok(read @ 1..) = reader.read(&mut piece) {
                shown.lock().unwrap().extend_from_slice(&piece[..read]);
            }
        });
        Self { child, keyboard, screen, reader }
    }

    /// Types once this is on the screen.
    pub(crate) fn when(&mut self, shown: &str, typed: &str) {
        self.until(|pty| pty.shown().contains(shown), shown);
        self.keyboard.write_all(typed.as_bytes()).unwrap();
    }

    /// Types once this is on the screen and nothing typed is shown any more. A
    /// prompt that never hides fails here.
    pub(crate) fn when_hidden(&mut self, shown: &str, typed: &str) {
        let hides = |pty: &Self| !tcgetattr(&pty.keyboard).unwrap().local_modes.contains(LocalModes::ECHO);
        self.until(|pty| pty.shown().contains(shown) && hides(pty), shown);
        self.keyboard.write_all(typed.as_bytes()).unwrap();
    }

    /// The status and all that was shown.
    pub(crate) fn end(mut self) -> (i32, String) {
        let status = self.child.wait().unwrap().code().unwrap_or(-1);
        // The last to hold the other end is gone, so reading ends.
        self.reader.join().unwrap();
        let screen = self.screen.lock().unwrap();
        (status, String::from_utf8_lossy(&screen).into_owned())
    }

    fn until(&self, met: impl Fn(&Self) -> bool, text: &str) {
        let begun = Instant::now();
        while !met(self) {
            assert!(begun.elapsed() < Duration::from_secs(30), "no {text:?} in {:?}", self.shown());
            thread::sleep(Duration::from_millis(10));
        }
    }

    fn shown(&self) -> String {
        String::from_utf8_lossy(&self.screen.lock().unwrap()).into_owned()
    }
}
