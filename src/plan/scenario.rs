//! Scenario scripts: what happens, in which order, on any target. TOML and Gherkin steps share these verbs.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Another, AwaitedBound, CallWith, Delivery, Forger, Interleave, Later, Operations, ScopeChoice,
    Via,
};
use crate::model::{Flaw, ServiceClass, SignalEvent};

/// A scenario file.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Scenario {
    /// One sentence.
    pub about: String,
    /// What it alters: a scenario that touches the issuer runs alone.
    #[serde(default)]
    pub touches: Touches,
    /// Capabilities it needs besides those its verbs imply.
    #[serde(default)]
    pub needs: Vec<String>,
    /// The steps.
    pub step: Vec<Verb>,
}

/// What a scenario alters.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Touches {
    /// Only its own subjects: runs beside others.
    #[default]
    Subjects,
    /// Things that others use too (policies, keys, clients, dependencies): runs alone.
    Issuer,
}

/// One step. Labels name sets of tokens, one for each service.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(
    tag = "do",
    rename_all = "kebab-case",
    rename_all_fields = "kebab-case",
    deny_unknown_fields
)]
pub enum Verb {
    /// Makes a subject. `roles` absent: all of the target's.
    Subject {
        /// Its name in the script.
        name: String,
        /// Its roles.
        #[serde(default)]
        roles: Option<Vec<String>>,
        /// All of the target's roles but the last, which is the one that scenarios take away.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        without_last: bool,
    },
    /// Obtains a token of a subject for each service (or one) and keeps the set under a label.
    Tokens {
        /// The subject.
        of: String,
        /// The label.
        label: String,
        /// How much is asked for.
        #[serde(default)]
        scope: ScopeChoice,
        /// One service only.
        #[serde(default)]
        service: Option<String>,
        /// Through which client.
        #[serde(default)]
        via: Via,
        /// A refusal is an answer like any other, and so is a target without that client or issuer. Without it the scenario stops (unmet).
        #[serde(default)]
        may_be_refused: bool,
        /// For services of this class only: what follows with the label stays among them.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        class: Option<ServiceClass>,
        /// Seconds between a sign-in and the exchange of its token, for services whose grant is an exchange. Without it one follows
        /// the other at once.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        apart: Option<u64>,
    },
    /// Calls operations with the tokens of a label.
    Call(CallWith),
    /// Calls pairs that differ in one thing, of which one must be refused.
    Interleave(Interleave),
    /// Calls operations with the tokens of a label past the enforcement point of each service that stands behind one: with the
    /// token, and with only what the service is said to believe.
    CallDirect {
        /// Whose tokens.
        of: String,
        /// Their label.
        label: String,
        /// Which operations.
        #[serde(default)]
        operations: Operations,
    },
    /// Calls lost operations again and again, until their bound has passed and the target had time to settle.
    Watch {
        /// Whose tokens.
        of: String,
        /// Label of the tokens that are probed throughout.
        hot: String,
        /// Labels to look in, one after the other, for services that `hot` has no token for.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        or: Vec<String>,
        /// Label of the tokens that are left alone and used once after the bound.
        #[serde(default)]
        cold: Option<String>,
        /// Watches at least this long after the change, milliseconds, where that is longer than the bound.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        within_ms: Option<u64>,
        /// Leaves each service alone until its bound has passed. When it stopped is not seen then: another scenario measures that.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        late: bool,
    },
    /// Makes a change of the recipe.
    Change {
        /// Its name.
        name: String,
        /// The subject it is about.
        #[serde(default)]
        of: Option<String>,
        /// Arguments. `{role.last}` is the role that scenarios take away (last of the target's `subject.roles`), `{role.first}` the first of them,
        /// `{role.fresh}` a role name never seen before (the same one within a scenario), `{scope.last}` the last scope
        /// that the last role gives, `{scope.other-case}` the same in other case, `{scope.canary}` a scope that no role gives and some operation needs.
        #[serde(default)]
        with: std::collections::BTreeMap<String, String>,
        /// The scenario's subject is thrown away afterwards, so that no inverse is needed.
        #[serde(default)]
        final_for_subject: bool,
    },
    /// Undoes the latest change that is still in force, or the one named.
    Undo {
        /// Name of the change.
        #[serde(default)]
        name: Option<String>,
        /// Goes on where the recipe can't undo it.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        where_possible: bool,
    },
    /// Uses the refresh tokens of a label; the new tokens get a label of their own.
    Refresh {
        /// Whose.
        of: String,
        /// The label whose refresh tokens are used.
        label: String,
        /// Label of the new tokens.
        to: String,
        /// How much is asked for; `same` sends no scope parameter.
        #[serde(default)]
        scope: ScopeChoice,
        /// Sends this many at once.
        #[serde(default)]
        parallel: Option<u32>,
        /// One service only.
        #[serde(default)]
        service: Option<String>,
        /// Asks for a token for the next service of the same issuer, by `resource` (RFC 8707) and `audience`; sends nothing if there is none.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        elsewhere: bool,
    },
    /// Uses the refresh tokens of a label as the client of the target's `subject.other-grant`, which they were not given to; or, of
    /// public clients, without the key that they are bound to.
    RefreshByAnother {
        /// Whose.
        of: String,
        /// The label whose refresh tokens are used.
        label: String,
        /// Label of the new tokens, where any are given.
        to: String,
        /// What is not as it was given for.
        #[serde(default)]
        by: Another,
    },
    /// Uses the refresh tokens of a label again and again, evenly until the declared end of their family
    /// (`bounds.refresh-end`), and once more after it.
    RefreshUntilEnd {
        /// Whose.
        of: String,
        /// The label whose refresh tokens are used.
        label: String,
        /// Label of the latest tokens.
        to: String,
        /// How often until the end.
        times: u32,
    },
    /// Exchanges the access tokens of a label (RFC 8693) for ones at the next service.
    Exchange {
        /// Whose.
        of: String,
        /// The label.
        label: String,
        /// Label of the new tokens.
        to: String,
        /// How much is asked for.
        #[serde(default)]
        scope: ScopeChoice,
        /// A target without an exchange is no hindrance: the label then has no tokens. Without it the scenario stops (unmet).
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        where_possible: bool,
    },
    /// Introspects the tokens of a label.
    Introspect {
        /// Whose.
        of: String,
        /// The label.
        label: String,
        /// Asks about the refresh tokens instead of the access tokens.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        refresh: bool,
        /// Says of each that it is of the other kind (`token_type_hint`), which must not matter (RFC 7662 section 2.1).
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        wrong_hint: bool,
        /// Asks without the credential of the client that introspects, and with a wrong one.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        unproven: bool,
    },
    /// Revokes the tokens of a label.
    Revoke {
        /// Whose.
        of: String,
        /// The label.
        label: String,
        /// Revokes the refresh tokens instead of the access tokens.
        #[serde(default)]
        refresh: bool,
        /// Revokes what an exchange is shown: the token of the sign-in, for services whose grant is an exchange.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        exchanged: bool,
        /// Says of each that it is of the other kind (`token_type_hint`), which must not matter (RFC 7009 section 2.1).
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        wrong_hint: bool,
    },
    /// Makes forged tokens out of each token of a label, and shows them to its service, on every route and replica of one
    /// operation. The token itself should be called before and after, so that a refusal means something.
    Forge {
        /// Whose.
        of: String,
        /// The label.
        label: String,
        /// Who forges.
        #[serde(default)]
        by: Forger,
    },
    /// Shows tokens of a label that are bound to their services without what they are bound to: a key without a good proof of it, in
    /// every way; a client certificate over connections without it. On every route and replica of one operation. The tokens should be called before and after, so that a refusal means something.
    ShowUnproven {
        /// Whose.
        of: String,
        /// The label.
        label: String,
    },
    /// Looks for detours, ways to operations that nobody declared: requests that say the same as the declared one in another way (a slash behind
    /// the path, the token in the query, ...). One that takes the token of this label as the declared way does, and refuses a token that nobody gave, is called from
    /// then on wherever every route is.
    FindDetours {
        /// Whose token.
        of: String,
        /// The label of the tokens.
        label: String,
    },
    /// Gets a token for each service by each grant of the target whose issuer's tokens it does not take, and shows it there, on every route
    /// and replica of one operation. The service's own token should be called before and after, so that a refusal means something.
    ShowOtherIssuers {
        /// Whose.
        of: String,
        /// The label of the services' own tokens.
        label: String,
    },
    /// Gets a token for each service by each of the target's `subject.one-time-grant`, presents the same assertion or authorization
    /// code once more, and gets another token by the same grant, so that a refusal means something.
    UseTwice {
        /// The subject.
        of: String,
    },
    /// Calls operations with the tokens of a label as somebody at another place (the target's `[elsewhere]`). Calls from the usual
    /// place should come just before it.
    CallElsewhere {
        /// Whose.
        of: String,
        /// The label.
        label: String,
    },
    /// Waits until the tokens of a label are about to expire, or have expired by more than the skew bound.
    AwaitExpiry {
        /// Whose.
        of: String,
        /// The label.
        label: String,
    },
    /// Calls operations with the tokens of a label on every route and replica, once they are older: a denial may be forgotten with time.
    /// Only where the target's clock can be moved; where time is real nothing is waited for, and nothing is called.
    LookLater {
        /// Whose.
        of: String,
        /// The label.
        label: String,
        /// How old the tokens are then.
        when: Later,
        /// Which operations.
        #[serde(default)]
        operations: Operations,
    },
    /// Makes of each token of a label what its service lets be made of it: opens streams, asks for keys.
    Derive {
        /// Whose.
        of: String,
        /// The label.
        label: String,
    },
    /// Looks whether what was made of the tokens of a label goes on: whether a stream still brings events, whether a key still opens.
    UseDerived {
        /// Whose.
        of: String,
        /// The label.
        label: String,
        /// Repeats it this often.
        #[serde(default)]
        times: Option<u32>,
    },
    /// Toggles each input that the target declares (`[[input]]`) by itself, gets tokens and calls everything before, meanwhile and
    /// after, and toggles it back.
    ToggleInputs {
        /// The subject.
        of: String,
    },
    /// Takes each of the subject's roles away by itself and gives it back, as far as an operation of the target needs what it gives; gets tokens,
    /// refreshes those of before, and calls everything before, meanwhile and after.
    ToggleRoles {
        /// The subject.
        of: String,
    },
    /// Takes each permission out of each of the subject's roles by itself and puts it back, as far as the target file says what roles give
    /// and an operation needs it; gets tokens, refreshes those of before, and calls everything before, meanwhile and after.
    TogglePermissions {
        /// The subject.
        of: String,
    },
    /// Waits from now on for as long as a bound is: after a change whose effect is due by then, or until what a service
    /// keeps is certainly read again.
    AwaitBound {
        /// Which bound.
        bound: AwaitedBound,
    },
    /// Waits.
    Wait {
        /// Seconds of target time.
        seconds: u64,
        /// Only where the target's clock can be moved; where time is real nothing is waited for.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        moved: bool,
    },
    /// Reads the decision log.
    ReadDecisions {},
    /// Reads the access log of services.
    ReadAccesses {},
    /// Reads the log of entitlement changes.
    ReadChanges {},
    /// Opens a stream of security events and has it verified; or an address for logout tokens, which `register logout address` makes known.
    OpenStream {
        /// How it delivers; as the target file says where this is left out. `back-channel-logout` needs `[signals.logout]`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        delivery: Option<Delivery>,
    },
    /// Pauses the stream, or lets it go on.
    SetStream {
        /// True: nothing is delivered for a while.
        paused: bool,
    },
    /// The next event that is pushed is turned away once, as a receiver does that is down for a moment (503).
    FailDelivery {},
    /// Reads the stream until the bound for events has passed.
    ReadSignals {},
    /// Pushes a security event token about a subject to each receiver of the target that acts on this event. It comes after the change
    /// `trust transmitter`.
    Signal {
        /// The subject.
        of: String,
        /// The event.
        event: SignalEvent,
        /// Tells that all is well again (a device compliant, a risk low).
        #[serde(default)]
        lifted: bool,
        /// What is wrong with it.
        #[serde(default)]
        flaw: Option<Flaw>,
        /// How long ago the event happened, seconds.
        #[serde(default)]
        ago: u32,
        /// Sends the latest token about this subject with this event once more, as it was.
        #[serde(default)]
        again: bool,
        /// Waits afterwards until the bound of every receiver has passed.
        #[serde(default)]
        settle: bool,
    },
}
