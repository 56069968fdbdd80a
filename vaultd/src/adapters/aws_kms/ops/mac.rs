//! MACs.

use vault_core::kms::NewMac;

use super::super::error::Refused;
use super::super::wire::Output;
use super::super::words::MACS;
use super::Request;

pub(super) fn generate(Request { kms, site, input }: Request<'_>) -> Result<Output, Refused> {
    let key = site.key(input, "KeyId")?;
    let message = input.need_blob("Message", MESSAGE_MAX)?;
    let algorithm = input.need_word("MacAlgorithm", &MACS)?;
    let made = kms.generate_mac(&NewMac { key: &key, message: &message, algorithm })?;
    Ok(Output::new()
        .blob("Mac", &made.mac)
        .text("MacAlgorithm", MACS.word(algorithm))
        .text("KeyId", &site.key_arn(&made.key)))
}

pub(super) fn verify(Request { kms, site, input }: Request<'_>) -> Result<Output, Refused> {
    let key = site.key(input, "KeyId")?;
    let message = input.need_blob("Message", MESSAGE_MAX)?;
    let algorithm = input.need_word("MacAlgorithm", &MACS)?;
    let mac = input.need_blob("Mac", MAC_MAX)?;
    let key = kms.verify_mac(&NewMac { key: &key, message: &message, algorithm }, &mac)?;
    Ok(Output::new()
        .flag("MacValid", true)
        .text("MacAlgorithm", MACS.word(algorithm))
        .text("KeyId", &site.key_arn(&key)))
}

const MESSAGE_MAX: usize = 4_096;
const MAC_MAX: usize = 6_144;
