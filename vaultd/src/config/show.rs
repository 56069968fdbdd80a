//! The resolved configuration, as a configuration: what `check-config` prints
//! can be saved and loaded again and means the same.

use std::fmt;
use std::path::Path;

use vault_core::Verb;

use super::{KeySource, Settings};

impl fmt::Display for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "vault = {}", Quoted::path(&self.vault))?;
        writeln!(f, "socket = {}", Quoted::path(&self.socket))?;
        writeln!(f, "socket_mode = \"{}\"", self.socket_mode)?;
        match &self.key {
            Some(KeySource::File(path)) => writeln!(f, "key_file = {}", Quoted::path(path))?,
            Some(KeySource::Credential(name)) => writeln!(f, "credential = {}", Quoted(name))?,
            None => writeln!(f, "# no key_file and no credential: starts sealed")?,
        }
        if let Some(path) = &self.anchor {
            writeln!(f, "anchor = {}", Quoted::path(path))?;
        }
        writeln!(f, "log = {}", Quoted(&self.log))?;

        writeln!(f, "\n[limits]")?;
        for (name, value) in self.policy.limits.named() {
            writeln!(f, "{name} = {value}")?;
        }

        writeln!(f, "\n[access]")?;
        let access = &self.policy.access;
        list(f, "allow_groups", access.allow_groups.iter().map(|group| group.name.clone()))?;
        writeln!(f, "allow_dynamic_uids = {}", access.allow_dynamic_uids)?;

        writeln!(f, "\n[operators]")?;
        writeln!(f, "defaults = {}", self.policy.operators.defaults())?;
        for verb in Verb::ALL {
            list(f, verb.as_str(), self.policy.operators.granted(verb).map(ToString::to_string))?;
        }

        writeln!(f, "\n[audit]")?;
        writeln!(f, "path = {}", Quoted::path(&self.audit_path()))?;
        writeln!(f, "on_full = \"{}\"", self.audit.on_full.as_str())?;

        if let Some(listen) = &self.imperal {
            writeln!(f, "\n[adapters.imperal]")?;
            writeln!(f, "listen = {}", Quoted(&listen.to_string()))?;
        }
        if let Some(aws_kms) = &self.aws_kms {
            writeln!(f, "\n[adapters.aws_kms]")?;
            writeln!(f, "listen = {}", Quoted(&aws_kms.listen.to_string()))?;
            writeln!(f, "region = {}", Quoted(&aws_kms.region.to_string()))?;
            writeln!(f, "account = {}", Quoted(&aws_kms.account.to_string()))?;
        }
        Ok(())
    }
}

fn list(f: &mut fmt::Formatter<'_>, key: &str, items: impl Iterator<Item = String>) -> fmt::Result {
    write!(f, "{key} = [")?;
    for (index, item) in items.enumerate() {
        let comma = if index == 0 { "" } else { ", " };
        write!(f, "{comma}{}", Quoted(&item))?;
    }
    writeln!(f, "]")
}

/// A TOML basic string.
struct Quoted<'a>(&'a str);

impl Quoted<'_> {
    /// Every path here came from UTF-8 text or was checked to be UTF-8.
    fn path(path: &Path) -> Quoted<'_> {
        Quoted(path.to_str().unwrap_or("(not UTF-8)"))
    }
}

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("\"")?;
        for c in self.0.chars() {
            match c {
                '"' => f.write_str("\\\"")?,
                '\\' => f.write_str("\\\\")?,
                c if c.is_control() => write!(f, "\\u{:04X}", u32::from(c))?,
                c => write!(f, "{c}")?,
            }
        }
        f.write_str("\"")
    }
}
