//! Who is asking: the token, the app it is said to be of, the user it is said to
//! act for. The token decides; the other two can only disagree with it.

/// What a request's headers claim.
#[derive(PartialEq, Eq)]
pub struct Claims<'a> {
    /// The token's text.
    pub token: &'a [u8],
    /// `X-Ext-Id`.
    pub ext: Option<&'a str>,
    /// `X-Acting-User`, as the vault spells users.
    pub user: Option<String>,
}

/// Headers that cannot be acted on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ClaimsError {
    /// No token, or in another form.
    #[error("expected `Authorization: Bearer` and a token")]
    NoToken,
    /// One that came twice: which was meant?
    #[error("a header that may come once came again")]
    Twice,
    /// `X-Ext-Id` is no app's name.
    #[error("`X-Ext-Id` is not text")]
    Ext,
    /// `X-Acting-User` is nobody's.
    #[error("`X-Acting-User` is an id of visible ASCII characters without `ext:` before it, or `uid:` and a number")]
    User,
}

impl<'a> Claims<'a> {
    /// Reads every value there is of each of the three headers.
    pub fn parse(
        authorization: &[&'a [u8]],
        acting_user: &[&'a [u8]],
        ext_id: &[&'a [u8]],
    ) -> Result<Self, ClaimsError> {
        let token = once(authorization)?.and_then(bearer).ok_or(ClaimsError::NoToken)?;
        let ext = once(ext_id)?.map(|ext| std::str::from_utf8(ext).map_err(|_| ClaimsError::Ext)).transpose()?;
        let user = once(acting_user)?.map(user).transpose()?;
        Ok(Self { token, ext, user })
    }
}

/// Neither token nor user: both say whose secrets are read.
impl std::fmt::Debug for Claims<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Claims(..)")
    }
}

fn once<'a>(values: &[&'a [u8]]) -> Result<Option<&'a [u8]>, ClaimsError> {
    match values {
        [] => Ok(None),
        [one] => Ok(Some(one)),
        _ => Err(ClaimsError::Twice),
    }
}

/// The scheme's name has no case (RFC 9110, section 11.1).
fn bearer(value: &[u8]) -> Option<&[u8]> {
    let (scheme, token) = value.split_at_checked(BEARER.len())?;
    (scheme.eq_ignore_ascii_case(BEARER) && !token.is_empty()).then_some(token)
}

/// An id is the one of an `ext:` user. `uid:N` is the local user it says, for
/// whom only a token made for that one user acts. `ext:ID` is refused: were it
/// the user `ID`, somebody who chose the id `ext:alice` elsewhere would be alice.
fn user(value: &[u8]) -> Result<String, ClaimsError> {
    let text = std::str::from_utf8(value).map_err(|_| ClaimsError::User)?;
    if text.starts_with("uid:") {
        return Ok(text.to_owned());
    }
    if text.starts_with("ext:") || text.is_empty() {
        return Err(ClaimsError::User);
    }
    Ok(format!("ext:{text}"))
}

const BEARER: &[u8] = b"Bearer ";

#[cfg(test)]
mod tests {
    use super::*;

    fn acting(user: &[u8]) -> Result<Option<String>, ClaimsError> {
        Claims::parse(&[b"Bearer t"], &[user], &[]).map(|claims| claims.user)
    }

    #[test]
    fn an_id_is_an_ext_user_and_never_somebody_elses_spelling() {
        assert_eq!(acting(b"alice"), Ok(Some("ext:alice".into())));
        assert_eq!(acting(b"uid:1000"), Ok(Some("uid:1000".into())));
        assert_eq!(acting(b"__system__"), Ok(Some("ext:__system__".into())));
        assert_eq!(acting(b"app:"), Ok(Some("ext:app:".into())));
        assert_eq!(acting(b"UID:0"), Ok(Some("ext:UID:0".into())));
        for bad in [&b"ext:alice"[..], b"ext:", b"", b"\xff", b"ext:uid:0"] {
            assert_eq!(acting(bad), Err(ClaimsError::User));
        }
    }

    #[test]
    fn one_token_in_one_form() {
        let token = |values: &[&'static [u8]]| Claims::parse(values, &[], &[]).map(|claims| claims.token);
        assert_eq!(token(&[b"Bearer abc"]), Ok(&b"abc"[..]));
        assert_eq!(token(&[b"bEARER abc"]), Ok(&b"abc"[..]));
        assert_eq!(token(&[]), Err(ClaimsError::NoToken));
        for bad in [&b""[..], b"Bearer", b"Bearer ", b"Basic abc", b"Bearer\tabc", b"abc"] {
            assert_eq!(token(&[bad]), Err(ClaimsError::NoToken), "{bad:?}");
        }
        assert_eq!(token(&[b"Bearer a", b"Bearer b"]), Err(ClaimsError::Twice));
        assert_eq!(Claims::parse(&[b"Bearer a"], &[b"a", b"a"], &[]), Err(ClaimsError::Twice));
        assert_eq!(Claims::parse(&[b"Bearer a"], &[], &[b"a", b"a"]), Err(ClaimsError::Twice));
        assert_eq!(Claims::parse(&[b"Bearer a"], &[], &[b"\xff"]), Err(ClaimsError::Ext));
    }

    #[test]
    fn claims_print_nothing() {
        let claims = Claims::parse(&[b"Bearer CANARY"], &[b"CANARY"], &[b"CANARY"]).unwrap();
        assert!(!format!("{claims:?}").contains("CANARY"));
    }
}
