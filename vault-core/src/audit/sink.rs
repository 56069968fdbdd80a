//! Where lines go. The log above decides what is written and when; a sink
//! knows files, or memory.

use std::io;
use std::sync::Arc;

/// A place for lines.
pub trait AuditSink: Send {
    /// Appends whole lines: all of them, or none and an error.
    fn append(&mut self, lines: &[u8]) -> io::Result<()>;

    /// What makes the current file durable. Apart from the sink, so that the
    /// log is not held while the disk works.
    fn durable(&self) -> Arc<dyn Durable>;

    /// Bytes in the current file.
    fn len(&self) -> u64;

    /// Is the current file empty?
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The length at which the log starts a new file.
    fn file_max(&self) -> u64;

    /// Puts the current file aside and starts an empty one.
    fn rotate(&mut self) -> io::Result<()>;

    /// Opens the file anew by its name. True when that is another file than before.
    fn reopen(&mut self) -> io::Result<bool>;

    /// Called about each second: sets space aside again when there is some.
    fn maintain(&mut self) -> Upkeep;

    /// Is space set aside for a full disk?
    fn reserve(&self) -> Reserve;

    /// Bytes of a torn last line that were set aside when the file was opened.
    fn torn(&self) -> u64;

    /// Every kept file, oldest first, the current one last, as they are now.
    fn kept(&self) -> io::Result<Vec<KeptFile>>;
}

/// Makes what was appended durable.
pub trait Durable: Send + Sync {
    /// Returns once it is.
    fn sync(&self) -> io::Result<()>;
}

/// A file to read, up to the length it had when it was listed.
pub struct KeptFile {
    /// Its bytes.
    pub reader: Box<dyn ReadAt>,
    /// How many.
    pub len: u64,
}

/// Reading at a place, without a position of its own.
pub trait ReadAt: Send {
    /// Reads up to the buffer's length; 0 = the end.
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize>;
}

/// Space set aside so that logging goes on when the disk is full.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reserve {
    /// There.
    Whole,
    /// Given up to go on logging; comes back when the disk has room.
    Released,
    /// Could not be made: the file system has no room, or no such call.
    Absent,
    /// Not used by this sink.
    NotNeeded,
}

/// What regular maintenance found.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Upkeep {
    /// The file was moved or deleted under us.
    pub moved: bool,
}
