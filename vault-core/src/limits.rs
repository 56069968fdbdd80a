//! Every ceiling of the core in one place. An error that names a limit takes
//! its number from here; what an operator may tune is in the daemon's
//! configuration and can only be lower.

/// Longest secret value, in bytes.
pub const VALUE_MAX: usize = 65_536;
/// Longest secret name, in bytes, without its instance.
pub const NAME_MAX: usize = vault_manifest::limits::NAME_MAX;
/// Longest instance (the part after `/`), in bytes.
pub const INSTANCE_MAX: usize = vault_manifest::limits::INSTANCE_MAX;
/// Longest app name, in bytes.
pub const APP_MAX: usize = vault_manifest::limits::APP_MAX;
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

/// A day, in milliseconds.
pub(crate) const DAY_MS: u64 = 24 * 3_600 * 1_000;
/// How long a deleted secret can be undeleted, in milliseconds (7 days).
pub const RETENTION_MS: u64 = 7 * DAY_MS;
/// Versions of a secret kept readable, when nothing says otherwise.
pub const KEEP_VERSIONS: usize = 2;
/// Most versions of a secret a declaration keeps readable.
pub const KEEP_VERSIONS_MAX: usize = vault_manifest::limits::KEEP_MAX as usize;
/// Versions remembered in a secret's metadata, destroyed ones included.
pub const HISTORY_MAX: usize = 16;
/// A forward clock jump larger than this holds back purges, in milliseconds (1 day).
pub const CLOCK_JUMP_MS: u64 = DAY_MS;

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

/// Most apps in a vault.
pub const APPS_MAX: usize = 512;
/// Most users and uids bound to one app.
pub const BINDINGS_MAX: usize = 64;
/// Longest declaration of one app as it is stored, in bytes.
pub const DECLARATION_MAX: usize = 128 << 10;
/// Most tokens of one app, expired and revoked ones included.
pub const TOKENS_MAX: usize = 256;
/// Access keys of a user.
pub const ACCESS_KEYS_MAX: usize = 16;
/// How long a token is good for when nothing says otherwise, in milliseconds (90 days).
pub const TOKEN_LIFE_MS: u64 = 90 * DAY_MS;
/// Longest life a token can be given, in milliseconds (ten years).
pub const TOKEN_LIFE_MAX_MS: u64 = 3_650 * DAY_MS;
/// How long a token that was revoked or has expired stays in the list, in milliseconds (30 days).
pub const TOKEN_REMEMBERED_MS: u64 = 30 * DAY_MS;

/// How long an authorization may take when nothing says otherwise, in milliseconds (10 minutes).
pub const OAUTH_LIFE_MS: u64 = 10 * 60 * 1_000;
/// Longest time an authorization can be given, in milliseconds (1 hour).
pub const OAUTH_LIFE_MAX_MS: u64 = 3_600 * 1_000;
/// Authorizations of one user and app that are begun and not come back; the oldest gives way.
pub const OAUTH_PENDING_MAX: usize = 16;
/// Longest name of a provider, in bytes.
pub const PROVIDER_MAX: usize = 64;
/// Longest address to come back to, in bytes.
pub const REDIRECT_MAX: usize = 2_048;
/// Longest webhook body that is verified, in bytes (1 MiB).
pub const WEBHOOK_BODY_MAX: usize = 1 << 20;
/// Most headers of a webhook delivery.
pub const WEBHOOK_HEADERS_MAX: usize = 64;
/// Longest header of a webhook delivery, name and value together, in bytes.
pub const WEBHOOK_HEADER_MAX: usize = 8_192;
/// Most signatures of one delivery that are compared.
pub const WEBHOOK_SIGNATURES_MAX: usize = 16;
/// How far a delivery's timestamp may be from now, when nothing says otherwise, in seconds.
pub const WEBHOOK_TOLERANCE_S: u64 = 300;
/// The widest such tolerance, in seconds (1 hour).
pub const WEBHOOK_TOLERANCE_MAX_S: u64 = 3_600;
/// Most deliveries remembered so that a copy of one is noticed, about 15 MiB of them.
pub const REPLAYS_MAX: usize = 65_536;
/// Most of these that belong to one scope.
pub const REPLAYS_SCOPE_MAX: usize = 16_384;

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
pub const KMS_IMPORT_MS: u64 = DAY_MS;
