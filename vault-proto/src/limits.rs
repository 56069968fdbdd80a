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

/// Longest word of version 2, in bytes, as far as decoding goes: what stands for
/// a name, an app, a user, a label, a provider, a token's id. Each has a shorter
/// rule of its own, and what keeps to this and not to the rule is answered as
/// `invalid` like any other argument; what does not keep to this is no message.
pub const WORD_MAX: usize = 256;
/// Longest description of an app or a secret, in bytes.
pub const DESCRIPTION_MAX: usize = 1_024;
/// Longest token's label, in bytes.
pub const TOKEN_LABEL_MAX: usize = 64;
/// Longest token as text, in bytes.
pub const TOKEN_MAX: usize = 128;
/// Longest `state` or PKCE verifier of an OAuth flow, in bytes.
pub const OAUTH_TEXT_MAX: usize = 128;
/// Longest OAuth redirect address, in bytes.
pub const REDIRECT_MAX: usize = 2_048;
/// Most declared secrets of one app.
pub const SPECS_MAX: usize = 256;
/// Most bindings of one app.
pub const BINDINGS_MAX: usize = 64;
/// Most apps in one `Apps`.
pub const APPS_MAX: usize = 512;
/// Most tokens in one `Tokens`.
pub const TOKENS_MAX: usize = 1_000;
/// Most secrets in one `Declared`: each spec, and instances of those that have them.
pub const DECLARED_MAX: usize = 512;
/// Most changes of one `AppAdd`: every spec of before and every spec of after.
pub const CHANGES_MAX: usize = 2 * SPECS_MAX;
/// Most fields named in one change; a spec has fewer.
pub const CHANGED_FIELDS_MAX: usize = 16;
/// Most headers of one `VerifyWebhook`.
pub const WEBHOOK_HEADERS_MAX: usize = 64;
/// Longest value of one of them, in bytes.
pub const WEBHOOK_HEADER_MAX: usize = 8 << 10;
/// Longest body of one `VerifyWebhook`, in bytes. Beside it a frame has room for
/// 64 KiB of headers.
pub const WEBHOOK_BODY_MAX: usize = 1 << 20;
/// Longest body that fits the frame with JSON, where base64 makes 1 MiB of it.
pub const WEBHOOK_BODY_JSON_MAX: usize = WEBHOOK_BODY_MAX / 4 * 3;

/// Longest plaintext a key encrypts, and longest message it signs or
/// authenticates, in bytes. Beside it a frame has room for 64 KiB of the rest.
pub const KEY_PLAINTEXT_MAX: usize = 1 << 20;
/// Longest one that fits the frame with JSON, where base64 makes 1 MiB of it.
pub const KEY_PLAINTEXT_JSON_MAX: usize = KEY_PLAINTEXT_MAX / 4 * 3;
/// Most bytes of an encryption context, all pairs together, and so of one text in it.
pub const CONTEXT_MAX: usize = 16_384;
/// Most pairs of an encryption context.
pub const CONTEXT_PAIRS_MAX: usize = 128;
/// Longest description of a key, in bytes: 8,192 characters of up to four.
pub const KEY_DESCRIPTION_MAX: usize = 4 * 8_192;
/// Most tags on a key, and so in one call.
pub const KEY_TAGS_MAX: usize = 50;
/// Longest name of a tag, in bytes: 128 characters.
pub const KEY_TAG_NAME_MAX: usize = 4 * 128;
/// Longest value of a tag, in bytes: 256 characters.
pub const KEY_TAG_VALUE_MAX: usize = 4 * 256;
/// Most keys, aliases, grants or versions on one page.
pub const KEY_PAGE_MAX: usize = 1_000;
/// Most versions of one key, and so in one `Census`.
pub const KEY_VERSIONS_MAX: usize = 1_024;
/// Most operations of one grant; there are 17.
pub const GRANT_OPERATIONS_MAX: usize = 32;
/// Most statements of one `PutPolicy`.
pub const POLICY_STATEMENTS_MAX: usize = 64;
/// Most access keys in one `AccessKeys`.
pub const ACCESS_KEYS_MAX: usize = 1_000;
