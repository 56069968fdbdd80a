//! Every ceiling of the core in one place. An error that names a limit takes
//! its number from here; what an operator may tune is in the daemon's
//! configuration and can only be lower.

/// Longest secret value, in bytes.
pub const VALUE_MAX: usize = 65_536;
/// Longest secret name, in bytes, without its instance.
pub const NAME_MAX: usize = 63;
/// Longest instance (the part after `/`), in bytes.
pub const INSTANCE_MAX: usize = 64;
/// Longest app name, in bytes.
pub const APP_MAX: usize = 63;
/// Longest external user id (after `ext:`), in bytes.
pub const EXT_ID_MAX: usize = 128;
/// Longest login name remembered for a uid, in bytes.
pub const LOGIN_MAX: usize = 64;
/// Longest key slot label, in bytes.
pub const LABEL_MAX: usize = 64;

/// Longest plaintext any envelope seals: a KMS message of 1 MiB plus its record version.
pub const PLAINTEXT_MAX: usize = (1 << 20) + 16;
/// Longest encryption context, all pairs together, in bytes.
pub const CONTEXT_MAX: usize = 16_384;
/// Most pairs in an encryption context.
pub const CONTEXT_PAIRS_MAX: usize = 128;

/// Most operations in one store commit.
pub const BATCH_OPS_MAX: usize = 100;
/// Most bytes in one store commit.
pub const BATCH_BYTES_MAX: usize = 1 << 20;
/// Longest stored record: the padded form of the longest value, in its envelope.
pub const RECORD_MAX: usize = 1 << 18;
/// Most records one scan returns.
pub const SCAN_MAX: usize = 1_000;

/// Longest header, in bytes.
pub const HEADER_MAX: usize = 65_536;
/// Most key slots.
pub const SLOTS_MAX: usize = 16;
/// Most key versions of one role held in the keyring.
pub const KEYRING_VERSIONS_MAX: usize = 16;

/// Least Argon2id memory accepted from a file, in KiB (RFC 9106 and OWASP floor: 19 MiB).
pub const ARGON2_MEMORY_KIB_MIN: u32 = 19 * 1024;
/// Most Argon2id memory accepted from a file, in KiB (1 GiB).
pub const ARGON2_MEMORY_KIB_MAX: u32 = 1 << 20;
/// Most Argon2id passes accepted from a file.
pub const ARGON2_PASSES_MAX: u32 = 16;
/// Most Argon2id lanes accepted from a file.
pub const ARGON2_LANES_MAX: u32 = 16;
/// Most Argon2id work accepted from a file: memory in KiB times passes (1 GiB × 4).
pub const ARGON2_WORK_MAX: u64 = (1 << 20) * 4;
/// Longest passphrase, in bytes.
pub const PASSPHRASE_MAX: usize = 4_096;
/// Shortest passphrase accepted for a new slot, in bytes.
pub const PASSPHRASE_MIN: usize = 8;

/// How long a deleted secret can be undeleted, in milliseconds (7 days).
pub const RETENTION_MS: u64 = 7 * 24 * 3_600 * 1_000;
/// Versions of a secret kept readable, when nothing says otherwise.
pub const KEEP_VERSIONS: usize = 2;
/// Versions remembered in a secret's metadata, destroyed ones included.
pub const HISTORY_MAX: usize = 64;
/// A forward clock jump larger than this holds back purges, in milliseconds (1 day).
pub const CLOCK_JUMP_MS: u64 = 24 * 3_600 * 1_000;

/// Longest audit line, in bytes.
pub const AUDIT_LINE_MAX: usize = 2_048;
/// Audit file size that starts a new one, in bytes (64 MiB).
pub const AUDIT_FILE_MAX: u64 = 64 << 20;
/// Audit files kept.
pub const AUDIT_FILES_MAX: usize = 16;
/// Disk space set aside so that the audit log can go on when the disk is full, in bytes (16 MiB).
pub const AUDIT_RESERVE: u64 = 16 << 20;

/// Longest word (operation, outcome, detail) in an audit line, in bytes; a longer one is cut.
pub const AUDIT_WORD_MAX: usize = 64;
/// Audit lines held in memory while they cannot be written, in bytes; what comes after is counted as lost.
pub const AUDIT_PENDING_MAX: usize = 1 << 20;
/// Most lines `tail` returns.
pub const AUDIT_TAIL_MAX: usize = 1_000;
/// Most problems a verification lists one by one; the rest are counted.
pub const AUDIT_PROBLEMS_MAX: usize = 100;
/// Most torn last lines set aside in files of their own.
pub const AUDIT_TORN_FILES_MAX: usize = 16;

/// Longest text read as a recovery key, separators included, in bytes.
pub const RECOVERY_TEXT_MAX: usize = 256;
/// Longest name of a systemd credential, in bytes.
pub const CREDENTIAL_NAME_MAX: usize = 255;

/// Longest plaintext a KMS key encrypts, in bytes (1 MiB).
pub const KMS_PLAINTEXT_MAX: usize = 1 << 20;
/// Longest message a KMS key signs or authenticates, in bytes (1 MiB).
pub const KMS_MESSAGE_MAX: usize = 1 << 20;
/// Most random bytes in one answer, and longest data key.
pub const KMS_RANDOM_MAX: usize = 1_024;
/// Most KMS keys of one user in one app.
pub const KMS_KEYS_MAX: usize = 10_000;
/// Most aliases of one user in one app.
pub const KMS_ALIASES_MAX: usize = 10_000;
/// Most grants on one KMS key.
pub const KMS_GRANTS_MAX: usize = 1_000;
/// Most material versions of one KMS key.
pub const KMS_MATERIALS_MAX: usize = 1_024;
/// Most rotations on demand of one KMS key.
pub const KMS_ON_DEMAND_MAX: u8 = 25;
/// Longest description of a KMS key, in characters.
pub const KMS_DESCRIPTION_MAX: usize = 8_192;
/// Most tags on a KMS key.
pub const KMS_TAGS_MAX: usize = 50;
/// Longest tag name, in characters; at least 1.
pub const KMS_TAG_NAME_MAX: usize = 128;
/// Longest tag value, in characters.
pub const KMS_TAG_VALUE_MAX: usize = 256;
/// Longest alias with its `alias/`, in bytes.
pub const KMS_ALIAS_MAX: usize = 256;
/// Longest name of a grant, in bytes.
pub const KMS_GRANT_NAME_MAX: usize = 256;
/// Shortest time between scheduling a key's deletion and the deletion, in days.
pub const KMS_DELETION_DAYS_MIN: u32 = 7;
/// Longest time between scheduling a key's deletion and the deletion, in days.
pub const KMS_DELETION_DAYS_MAX: u32 = 30;
/// Shortest period of automatic rotation, in days.
pub const KMS_ROTATION_DAYS_MIN: u32 = 90;
/// Longest period of automatic rotation, in days.
pub const KMS_ROTATION_DAYS_MAX: u32 = 2_560;
/// Most items on one page of a listing.
pub const KMS_PAGE_MAX: usize = 1_000;
/// Longest key material, in bytes: a 4096-bit RSA key as PKCS#8 and room.
pub const KMS_MATERIAL_MAX: usize = 4_096;
/// How long parameters for an import can be used, in milliseconds (1 day).
pub const KMS_IMPORT_MS: u64 = 24 * 3_600 * 1_000;
