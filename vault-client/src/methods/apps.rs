//! Operations on apps, tokens, access keys and declared secrets as methods. A server that
//! speaks version 1 alone has none of them: they end as *unsupported*, unsent.

/// Expands to their methods: `[async] [.await]` for the asynchronous client,
/// `[] []` for the blocking one. The client brings `run` and `token`.
macro_rules! app_methods {
    ([$($async:tt)?] [$($wait:tt)*]) => {
        /// Makes an app, or changes it into what is given.
        pub $($async)? fn app_add(&self, new: NewApp) -> Result<AppChanged, ClientError> {
            self.run(operation::app_add(new))$($wait)*
        }

        /// The apps the caller may know of.
        pub $($async)? fn apps(&self) -> Result<Vec<AppInfo>, ClientError> {
            self.run(operation::apps())$($wait)*
        }

        /// One app with all it declares.
        pub $($async)? fn app(&self, app: &str) -> Result<AppDetail, ClientError> {
            self.run(operation::app(app))$($wait)*
        }

        /// Removes an app; with `shred`, every value stored for it.
        pub $($async)? fn app_remove(&self, app: &str, shred: bool) -> Result<AppChanged, ClientError> {
            self.run(operation::app_remove(app, shred))$($wait)*
        }

        /// Lets nobody act as the app, or lets them again.
        pub $($async)? fn app_suspend(&self, app: &str, suspended: bool) -> Result<(), ClientError> {
            self.run(operation::app_suspend(app, suspended))$($wait)*
        }

        /// Gives the app to another owner.
        pub $($async)? fn app_owner(&self, app: &str, owner: &str) -> Result<(), ClientError> {
            self.run(operation::app_owner(app, owner))$($wait)*
        }

        /// Lets a uid act as the app.
        pub $($async)? fn app_bind(&self, app: &str, user: &str, acts_for: ActsFor) -> Result<(), ClientError> {
            self.run(operation::app_bind(app, user, acts_for))$($wait)*
        }

        /// Takes that back.
        pub $($async)? fn app_unbind(&self, app: &str, user: &str) -> Result<(), ClientError> {
            self.run(operation::app_unbind(app, user))$($wait)*
        }

        /// Makes a token; its text is shown this once.
        pub $($async)? fn token_create(&self, new: NewToken) -> Result<TokenCreated, ClientError> {
            self.run(operation::token_create(new))$($wait)*
        }

        /// Tokens of one app, or of all the caller may know of; never their text.
        pub $($async)? fn tokens(&self, app: Option<&str>) -> Result<Vec<TokenInfo>, ClientError> {
            self.run(operation::tokens(app))$($wait)*
        }

        /// Makes a token worth nothing.
        pub $($async)? fn token_revoke(&self, id: &str) -> Result<(), ClientError> {
            self.run(operation::token_revoke(id))$($wait)*
        }

        /// What the token of this client stands for; none for a client without.
        pub $($async)? fn presented(&self) -> Result<Option<Presented>, ClientError> {
            match self.token() {
                Some(token) => self.not_acting().run(operation::present(token))$($wait)*.map(Some),
                None => Ok(None),
            }
        }

        /// Makes an access key; its secret half is shown this once.
        pub $($async)? fn access_key_create(&self, new: NewAccessKey) -> Result<AccessKeyCreated, ClientError> {
            self.run(operation::access_key_create(new))$($wait)*
        }

        /// Access keys of a user, or the caller's own; never their secret halves.
        pub $($async)? fn access_keys(&self, user: Option<&str>) -> Result<Vec<AccessKeyInfo>, ClientError> {
            self.run(operation::access_keys(user))$($wait)*
        }

        /// Makes an access key worth nothing.
        pub $($async)? fn access_key_revoke(&self, id: &str) -> Result<(), ClientError> {
            self.run(operation::access_key_revoke(id))$($wait)*
        }

        /// Every declared secret of an app with its status, never a value.
        pub $($async)? fn declared(
            &self,
            app: &str,
            user: Option<&str>,
        ) -> Result<Vec<SecretStatus>, ClientError> {
            self.run(operation::declared(app, user))$($wait)*
        }

        /// One secret's status; not a read.
        pub $($async)? fn describe(&self, target: impl Into<Target>) -> Result<SecretStatus, ClientError> {
            self.run(operation::describe(target.into()))$($wait)*
        }

        /// The gate: is everything set that the app requires.
        pub $($async)? fn require(&self, app: &str, user: Option<&str>) -> Result<Gate, ClientError> {
            self.run(operation::require(app, user))$($wait)*
        }

        /// Stores a version that is not served until it is promoted; answers its
        /// number.
        pub $($async)? fn set_pending(&self, target: impl Into<Target>, value: &[u8]) -> Result<u64, ClientError> {
            self.run(operation::set_pending(target.into(), SecretBytes::new(value.to_vec()), None))$($wait)*
        }

        /// The same when `version` is current (0 = absent), else a conflict.
        pub $($async)? fn set_pending_if(
            &self,
            target: impl Into<Target>,
            value: &[u8],
            version: u64,
        ) -> Result<u64, ClientError> {
            let value = SecretBytes::new(value.to_vec());
            self.run(operation::set_pending(target.into(), value, Some(version)))$($wait)*
        }

        /// Makes the pending version the current one.
        pub $($async)? fn promote(&self, target: impl Into<Target>, version: u64) -> Result<u64, ClientError> {
            self.run(operation::promote(target.into(), version))$($wait)*
        }

        /// Destroys the pending version.
        pub $($async)? fn reject(&self, target: impl Into<Target>, version: u64) -> Result<(), ClientError> {
            self.run(operation::reject(target.into(), version))$($wait)*
        }

        /// Proves a webhook with a secret that stays in the vault. Answers when
        /// it was signed, in seconds since 1970, if its scheme tells.
        pub $($async)? fn verify_webhook(&self, webhook: Webhook) -> Result<Option<u64>, ClientError> {
            self.run(operation::verify_webhook(webhook))$($wait)*
        }

        /// Begins an OAuth flow.
        pub $($async)? fn oauth_begin(&self, flow: OauthFlow) -> Result<OauthBegun, ClientError> {
            self.run(operation::oauth_begin(flow))$($wait)*
        }

        /// Ends it, once: whose flow it was.
        pub $($async)? fn oauth_redeem(&self, app: &str, state: &[u8]) -> Result<OauthRedeemed, ClientError> {
            self.run(operation::oauth_redeem(app, SecretBytes::new(state.to_vec())))$($wait)*
        }
    };
}
pub(crate) use app_methods;
