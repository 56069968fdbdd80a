//! Every ceiling of the protocol in one place. An error that names a limit
//! takes its number from here.

/// Longest frame payload, in bytes: 1 MiB of content and room for what is around it.
pub const FRAME_MAX: usize = (1 << 20) + (64 << 10);
/// Most entries one `List` returns.
pub const LIST_MAX: u32 = 1_000;
/// Most lines one `AuditTail` returns. Fewer come back when more would not fit a frame.
pub const AUDIT_TAIL_MAX: u32 = 1_000;
/// Most bytes in one `BackupChunk` with postcard.
pub const BACKUP_CHUNK: usize = 1 << 20;
/// Most bytes in one `BackupChunk` with JSON: base64 makes 1 MiB of it.
pub const BACKUP_CHUNK_JSON: usize = (1 << 20) / 4 * 3;
/// Longest secret value, in bytes.
pub const VALUE_MAX: usize = 65_536;
/// Longest secret name, in bytes, without its instance.
pub const NAME_MAX: usize = 63;
/// Longest instance (the part after `/`), in bytes.
pub const INSTANCE_MAX: usize = 64;
/// Longest app name, in bytes.
pub const APP_MAX: usize = 63;
/// Longest user, in bytes: `ext:` and 128.
pub const USER_MAX: usize = 132;
/// Longest key slot label, in bytes.
pub const LABEL_MAX: usize = 64;
/// Most key slots, and so most secrets in one `RekeyRoot`.
pub const SLOTS_MAX: usize = 16;
