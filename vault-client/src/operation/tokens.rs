//! Operations on tokens.

use vault_proto::latest::{Call, Presented, Reply, SecretBytes, TokenCall, TokenCreated, TokenInfo};

use super::{Operation, Read, done, only};
use crate::asks::NewToken;

/// Makes a token; its text is shown this once.
#[must_use]
pub fn token_create(new: NewToken) -> Operation<TokenCreated> {
    let NewToken { app, role, acts_for, expires_after_s, label } = new;
    on(
        TokenCall::Create { app, role, acts_for, expires_after_s, label },
        |reply| only!(reply, Reply::TokenCreated(created) => created),
    )
}

/// Tokens of one app, or of all the caller may know of.
#[must_use]
pub fn tokens(app: Option<&str>) -> Operation<Vec<TokenInfo>> {
    on(TokenCall::List { app: app.map(str::to_owned) }, |reply| only!(reply, Reply::Tokens { tokens } => tokens))
}

/// Makes a token worth nothing.
#[must_use]
pub fn token_revoke(id: &str) -> Operation<()> {
    Operation { call: Call::Token(TokenCall::Revoke { id: id.to_owned() }), read: Read::Vault(done) }
}

/// What the token stands for. It counts for one connection, so clients do this
/// with each; that is why it is not for everybody.
pub(crate) fn present(token: &SecretBytes) -> Operation<Presented> {
    let token = SecretBytes::new(token.expose().to_vec());
    on(TokenCall::Present { token }, |reply| only!(reply, Reply::Presented(presented) => presented))
}

fn on<T>(call: TokenCall, read: fn(Reply) -> Option<T>) -> Operation<T> {
    Operation { call: Call::Token(call), read: Read::Own(read) }
}
