//! The operations as methods, written once for both clients.

mod apps;
mod keys;
mod vault;

pub(crate) use apps::app_methods;
pub(crate) use keys::{EACH_MAX, PAGE, keys_handle};
pub(crate) use vault::{LIST_ALL_MAX, vault_methods};
