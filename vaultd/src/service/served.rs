//! One vault being served: what a session's frames meet.

use std::sync::{Arc, Mutex, PoisonError};

use vault_core::SlotError;
use vault_core::UnsealError;
use vault_proto::Codec;
use vault_proto::latest::{Request, WireError};

use super::desk::{self, Desk};
use super::dispatch::{Course, course};
use super::shared::Shared;
use super::upkeep::Upkeep;
use super::writer::{self, Writer};
use super::{Handled, Room, Service, Ticket, VaultLock, Withhold, core_engine, operate};
use crate::config::{KeySource, Policy};
use crate::exit::Failure;
use crate::listener::Peer;

/// A vault with the threads that serve it.
pub struct Served {
    shared: Arc<Shared>,
    /// What opens it unattended.
    key: Option<KeySource>,
    /// None once shut down.
    threads: Mutex<Option<Threads>>,
    writer_queue: WriterQueue,
    desk_queue: DeskQueue,
}

struct Threads {
    writer: Writer,
    desk: Desk,
    upkeep: Upkeep,
}

type WriterQueue = Mutex<()>;
type DeskQueue = Mutex<()>;
