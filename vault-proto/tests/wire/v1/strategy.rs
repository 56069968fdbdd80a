//! Arbitrary messages: a sample chosen at random is not enough, because it has
//! the lengths and numbers its author thought of.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use vault_proto::v1::*;

use crate::Wire;

pub(crate) fn wire() -> impl Strategy<Value = Wire> {
    let request = (any::<u64>(), call()).prop_map(|(id, call)| Wire::Request1(Request { id, call }));
    let result = prop_oneof![reply().prop_map(Ok), error().prop_map(Err)];
    let response = (any::<u64>(), option::of(stamp()), result)
        .prop_map(|(id, stamp, result)| Wire::Response1(Response { id, stamp, result }));
    prop_oneof![request.boxed(), response.boxed()]
}

pub(crate) fn text() -> impl Strategy<Value = String> {
    // Every character: JSON must escape what postcard does not see.
    vec(any::<char>(), 0..24).prop_map(String::from_iter)
}

pub(crate) fn number() -> impl Strategy<Value = u64> {
    // Around every varint length.
    prop_oneof![any::<u64>(), (0..64_u32, -1..=1_i64).prop_map(|(bit, off)| (1_u64 << bit).wrapping_add_signed(off))]
}

pub(crate) fn secret() -> impl Strategy<Value = SecretBytes> {
    vec(any::<u8>(), 0..300).prop_map(SecretBytes::new)
}

pub(crate) fn stamp() -> impl Strategy<Value = Stamp> {
    (any::<[u8; 16]>(), number()).prop_map(|(incarnation, sequence)| Stamp { incarnation, sequence })
}

fn unlock() -> impl Strategy<Value = UnlockSecret> {
    prop_oneof![
        secret().prop_map(UnlockSecret::Passphrase),
        secret().prop_map(UnlockSecret::KeyFile),
        secret().prop_map(UnlockSecret::RecoveryKey),
    ]
}

fn new_slot() -> impl Strategy<Value = NewSlot> {
    prop_oneof![
        secret().prop_map(NewSlot::Passphrase),
        secret().prop_map(NewSlot::KeyFile),
        Just(()).prop_map(|()| NewSlot::RecoveryKey {}),
        secret().prop_map(NewSlot::Credential),
    ]
}

pub(crate) fn call() -> BoxedStrategy<Call> {
    let app = || option::of(text());
    let plain = prop_oneof![
        Just(()).prop_map(|()| Call::Status {}),
        Just(()).prop_map(|()| Call::WhoAmI {}),
        Just(()).prop_map(|()| Call::Seal {}),
        Just(()).prop_map(|()| Call::SlotList {}),
        Just(()).prop_map(|()| Call::UserList {}),
        Just(()).prop_map(|()| Call::AuditVerify {}),
        Just(()).prop_map(|()| Call::AuditRotate {}),
        Just(()).prop_map(|()| Call::Check {}),
    ];
    let secrets = prop_oneof![
        (app(), text(), secret(), option::of(number())).prop_map(|(app, name, value, if_version)| Call::Set {
            app,
            name,
            value,
            if_version
        }),
        (app(), text(), option::of(number())).prop_map(|(app, name, version)| Call::Get { app, name, version }),
        (app(), app(), option::of((text(), text())), any::<u32>(), any::<bool>())
            .prop_map(|(app, user, after, limit, deleted)| Call::List { app, user, after, limit, deleted }),
        (app(), text(), any::<bool>(), option::of(number()))
            .prop_map(|(app, name, destroy, if_version)| Call::Delete { app, name, destroy, if_version }),
        (app(), text()).prop_map(|(app, name)| Call::Undelete { app, name }),
        (app(), text()).prop_map(|(app, name)| Call::History { app, name }),
    ];
    let keys = prop_oneof![
        unlock().prop_map(|secret| Call::Unseal { secret }),
        (unlock(), new_slot(), text()).prop_map(|(existing, new, label)| Call::SlotAdd { existing, new, label }),
        text().prop_map(|id| Call::SlotRemove { id }),
        (vec(unlock(), 0..=16), any::<bool>()).prop_map(|(keep, drop_slots)| Call::RekeyRoot { keep, drop_slots }),
        app().prop_map(|user| Call::RekeyScope { user }),
    ];
    let rest = prop_oneof![
        text().prop_map(|user| Call::UserConfirm { user }),
        (text(), text()).prop_map(|(from, to)| Call::UserMove { from, to }),
        text().prop_map(|user| Call::UserRemove { user }),
        any::<u32>().prop_map(|lines| Call::AuditTail { lines }),
        any::<bool>().prop_map(|verify| Call::BackupBegin { verify }),
        (number(), number()).prop_map(|(id, offset)| Call::BackupRead { id, offset }),
        (number(), any::<bool>()).prop_map(|(id, kept)| Call::BackupEnd { id, kept }),
    ];
    prop_oneof![plain.boxed(), secrets.boxed(), keys.boxed(), rest.boxed()].boxed()
}

pub(crate) fn error() -> BoxedStrategy<WireError> {
    let any = prop_oneof![
        Just(WireError::Sealed {}),
        Just(WireError::Indeterminate {}),
        Just(WireError::WrongSecret {}),
        any::<bool>().prop_map(|expired| WireError::Missing { expired }),
        option::of(text()).prop_map(|needs| WireError::Forbidden { needs }),
        text().prop_map(|user| WireError::Held { user }),
        number().prop_map(|current| WireError::Conflict { current }),
        (number(), number()).prop_map(|(len, max)| WireError::TooLarge { len, max }),
        (text(), number()).prop_map(|(quota, limit)| WireError::OverQuota { quota, limit }),
        number().prop_map(|retry_after_ms| WireError::Busy { retry_after_ms }),
        text().prop_map(|what| WireError::Corrupt { what }),
        text().prop_map(|reason| WireError::ReadOnly { reason }),
        text().prop_map(|reason| WireError::Unavailable { reason }),
        text().prop_map(|what| WireError::Unsupported { what }),
        (text(), text()).prop_map(|(field, expected)| WireError::Invalid { field, expected }),
    ];
    any.boxed()
}

fn state() -> impl Strategy<Value = VersionState> {
    prop_oneof![
        Just(VersionState::Live),
        Just(VersionState::Deleted),
        Just(VersionState::Destroyed),
        Just(VersionState::Expired),
    ]
}

fn slot() -> impl Strategy<Value = SlotInfo> {
    (text(), text(), text()).prop_map(|(id, kind, label)| SlotInfo { id, kind, label })
}

fn status() -> impl Strategy<Value = StatusInfo> {
    let flags = (any::<bool>(), any::<bool>(), any::<bool>(), option::of(any::<bool>()));
    let numbers = (option::of(number()), option::of(number()), any::<u32>(), option::of(number()), number());
    (text(), flags, vec(text(), 0..4), option::of(text()), numbers, vec(text(), 0..4)).prop_map(
        |(version, (sealed, read_only, development, verified), degraded, vault_id, numbers, hardening)| {
            let (epoch, sequence, slots, last_backup_at, uptime_s) = numbers;
            StatusInfo {
                version,
                sealed,
                degraded,
                read_only,
                development,
                vault_id,
                epoch,
                sequence,
                slots,
                last_backup_at,
                last_backup_verified: verified,
                uptime_s,
                hardening,
            }
        },
    )
}

fn secret_info() -> impl Strategy<Value = SecretInfo> {
    let times = (number(), option::of(number()), option::of(number()));
    (text(), text(), number(), state(), text(), number(), times).prop_map(
        |(app, name, version, state, set_by, size_class, (set_at, last_read_at, expires_at))| SecretInfo {
            app,
            name,
            version,
            state,
            set_at,
            set_by,
            size_class,
            last_read_at,
            expires_at,
        },
    )
}

fn version_info() -> impl Strategy<Value = VersionInfo> {
    (number(), state(), number(), text(), option::of(number())).prop_map(
        |(version, state, set_at, set_by, deleted_at)| VersionInfo { version, state, set_at, set_by, deleted_at },
    )
}

fn user_info() -> impl Strategy<Value = UserInfo> {
    (text(), option::of(text()), any::<bool>(), number(), number(), number())
        .prop_map(|(user, login, held, apps, secrets, bytes)| UserInfo { user, login, held, apps, secrets, bytes })
}

pub(crate) fn reply() -> BoxedStrategy<Reply> {
    let first = prop_oneof![
        status().prop_map(Reply::Status),
        (text(), option::of(text()), vec(text(), 0..4), any::<bool>())
            .prop_map(|(user, login, operator, held)| Reply::WhoAmI { user, login, operator, held }),
        number().prop_map(|version| Reply::Set { version }),
        (secret(), number()).prop_map(|(value, version)| Reply::Value(ValueReply { value, version })),
        (vec(secret_info(), 0..4), any::<bool>()).prop_map(|(secrets, more)| Reply::List { secrets, more }),
        any::<(bool, bool)>().prop_map(|(was_set, erasure_pending)| Reply::Deleted { was_set, erasure_pending }),
        number().prop_map(|version| Reply::Undeleted { version }),
        vec(version_info(), 0..4).prop_map(|versions| Reply::History { versions }),
        Just(()).prop_map(|()| Reply::Done {}),
    ];
    let second = prop_oneof![
        vec(slot(), 0..4).prop_map(|slots| Reply::Slots { slots }),
        (slot(), option::of(secret())).prop_map(|(slot, recovery_key)| Reply::SlotAdded { slot, recovery_key }),
        (any::<u32>(), number(), vec(slot(), 0..4)).prop_map(|(version, rewritten, dropped_slots)| {
            Reply::Rekeyed(RekeyReport { version, rewritten, dropped_slots })
        }),
        vec(user_info(), 0..4).prop_map(|users| Reply::Users { users }),
        (number(), any::<bool>()).prop_map(|(scopes, erasure_pending)| Reply::UserChanged { scopes, erasure_pending }),
        vec((text(), option::of(text())).prop_map(|(line, name)| AuditLine { line, name }), 0..4)
            .prop_map(|lines| Reply::AuditTail { lines }),
        (number(), number(), vec(text(), 0..4))
            .prop_map(|(verified, gaps, problems)| { Reply::AuditVerified(AuditReport { verified, gaps, problems }) }),
        (number(), number(), any::<[u8; 32]>(), any::<bool>(), number()).prop_map(
            |(id, bytes, sha256, verified, sequence)| {
                Reply::BackupReady(BackupInfo { id, bytes, sha256, verified, sequence })
            }
        ),
        vec(any::<u8>(), 0..300).prop_map(|bytes| Reply::BackupChunk { bytes }),
        (number(), vec(text(), 0..4)).prop_map(|(records, problems)| Reply::Checked(CheckReport { records, problems })),
    ];
    prop_oneof![first.boxed(), second.boxed()].boxed()
}
