//! Every ceiling of a declaration.

/// Longest app name, in bytes.
pub const APP_MAX: usize = 63;
/// Longest declared name, in bytes, without an instance.
pub const NAME_MAX: usize = 63;
/// Longest instance (the part after `/`), in bytes.
pub const INSTANCE_MAX: usize = 64;
/// Longest description of an app or a secret, in bytes.
pub const DESCRIPTION_MAX: usize = 1_024;
/// Most secrets one app declares.
pub const SPECS_MAX: usize = 256;
/// Longest value any spec may allow, in bytes.
pub const VALUE_MAX: u32 = 65_536;
/// Longest value a spec allows when it does not say, in bytes.
pub const VALUE_DEFAULT: u32 = 4_096;
/// Versions kept readable when a spec does not say.
pub const KEEP_DEFAULT: u8 = 2;
/// Most versions a spec may keep readable.
pub const KEEP_MAX: u8 = 16;
/// Longest name of an environment variable to fall back to, in bytes.
pub const ENV_NAME_MAX: usize = 128;
/// Longest rotation hint and expiry, in days (a hundred years).
pub const DAYS_MAX: u32 = 36_500;
/// Longest file a declaration is read from, in bytes.
pub const FILE_MAX: usize = 1 << 20;
/// Deepest nesting of such a file, counted in tables and lists.
pub const DEPTH_MAX: usize = 64;
