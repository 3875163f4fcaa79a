//! Deliberate misbehaviour, by name. Each fault is one small branch where the behaviour lives; this file only names
//! them, and `faults.toml` says what each does and which requirements must notice it.

use std::sync::OnceLock;

use serde::de::IntoDeserializer as _;
use serde::de::value::{Error as ValueError, StrDeserializer};
use serde::{Deserialize, Serialize};

/// A deliberate misbehaviour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "faults.toml says what each does")]
pub enum Fault {
    RefreshCopiesClaims,
    RefreshIgnoresDisabledSubject,
    RefreshIgnoresDisabledClient,
    RefreshIgnoresWithdrawnConsent,
    RefreshWidensScope,
    ReplayAccepted,
    FamilySurvivesReplay,
    RotationForgottenAtRestart,
    RolesHardCoded,
    UnknownRoleReads,
    RiskIgnored,
    DeviceIgnored,
    ExchangeAmplifies,
    ExchangeOfTheDead,
    AudienceWildcard,
    NarrowRequestIgnored,
    RevocationDoesNothing,
    RevocationLeavesAccessTokens,
    IntrospectionIgnoresState,
    RecreationResurrects,
    RefreshRenewsAuthentication,
    RefreshNotLogged,
    ClaimsNotExplained,
    OwnerNotNamed,
    AudienceNotChecked,
    GenerousLeeway,
    CachedUntilExpiry,
    RetiredKeyAccepted,
    TokenKindsConfused,
    AliasUnchecked,
    EventsIgnored,
    RevocationReachesOneReplica,
    FailsOpen,
    SlidingCache,
    KeptWhenUnreachable,
    NetworkDecorative,
    OverstuffedTokens,
    RemovalFallsBack,
    RestoreLeavesResidue,
    LegacyDirectPath,
    ScopesReadByPart,
    BrokerFreezesGroups,
    IssuanceFailsOpen,
    StatusPlaceKept,
    StatusListUnverified,
    StatusListEndIsValid,
    StatusListKeptWhenUnreadable,
    ValidStatusOutranksExpiry,
    OneNodeIsBehind,
    DecisionReused,
    ExplanationsInvented,
    RefreshByAnotherClient,
    RefreshSlidesForever,
    RevocationsForgottenAtRestart,
    LateSignalWins,
    SignalsNotAuthenticated,
    StreamNotCut,
    DerivedKeySurvives,
    RevocationNotSignalled,
    SignalTellsOldValue,
    ClaimsChangeOldValue,
    DisabledToldEnabled,
    PausedStreamForgets,
    KeysOfAnyIssuer,
    IssuersComparedByPrefix,
    DecisionKeyForgetsAction,
    DecisionKeyForgetsToken,
    BoundTokenAsBearer,
    CertificateNotCompared,
    RefreshByAnyKey,
    ProofOfAnyKey,
    ProofsReplayed,
    LogNamesAnotherClient,
    DecisionLate,
    AccessesJoinNothing,
    DecisionCitesOldRevision,
    AssertionsReplayed,
    SecondPlaceUnnoticed,
    OtherDoorOpen,
    RiskLengthensLife,
    EnablingRevives,
    OneRefusalForAll,
    TokenInLog,
    LaterRefreshesCopy,
    ExchangeBringsBack,
    RememberedByAsker,
    DisabledExchanged,
    ReplicaKeepsAnswers,
    AliasKeepsAnswers,
    DescendantsOutlive,
    OtherClientNotTold,
    RevocationForgotten,
    OwnerUnheardOf,
    RiskUnseenInExchanged,
    HouseTrusted,
    OwnerOfAnotherPolicy,
    PolicyRevisionStands,
    PushGivesUp,
    PushWithoutAuthorization,
    TakenFromAllHolders,
    AbsentTakesAnother,
    TokenEncodedInLog,
    LastRoleGoesOnly,
    RefreshByNameCopies,
    OtherClientRefreshes,
    RefreshedNotRevoked,
    RemovalForgottenAtRestart,
    HouseClientEverywhere,
    WriteReads,
    RiskUnseenAtExchange,
    EnablingResets,
    HintObeyed,
    ScopesWithoutCase,
    AccountEventsIgnored,
    ClaimsEventsIgnored,
    SlashOpens,
    SuffixOpens,
    WritesUnguarded,
    OnlyTheLastIsRemembered,
    LogInLocalTime,
    ImpostorRefreshes,
    ExpiredExchanged,
    RevokedGrantExchanged,
    UsedForgotten,
    PermissionByHeart,
    RefreshIntrospectsActive,
    IntrospectionHintBelieved,
    DisabledByPrefix,
    RefreshForAnybody,
    RestoringUntraced,
    QueryTokenUnasked,
    OverrideUnasked,
    IntrospectionOpen,
    IntrospectionLivesLonger,
    UnknownScopeGivesAll,
    InputsByHeart,
    AccessesInLocalTime,
    AccessesOfNobody,
    GivenTwiceIsGone,
    KeptScopesPinned,
    LogoutAtOneClient,
    LogoutNotTold,
    LogoutTokenIgnored,
    IdTokenForLogout,
    LogoutTokenLivesLong,
    ResetLeavesSessions,
    ConsentEndsAll,
    RestartForgetsLogout,
    ReplicaTakesAnyAudience,
    ConsentSparesExchanged,
    AliasIgnoresExpiry,
    DraftRoleCounts,
    TokenInPieces,
    EndedSessionExchanged,
    WithdrawnConsentExchanged,
    RetiredKeyExchanged,
    AssertedOutlivesAccount,
    PostedSecretUnchecked,
    StreamOutlivesToken,
    KeyOutlivesDeletion,
    KeyBlindToRisk,
    LogoutLocksOut,
    OldConsentRevives,
    SecondRevocationRevives,
    RefreshedForEverybody,
    RefreshedNeverEnds,
    ExchangedNotRevoked,
    DeletedIntrospectsActive,
    SecondExchangeLivesLong,
    SecondClientGetsAll,
    SecondClientSignsInAnew,
    RefreshedUnbound,
    DisablingForgottenAtRestart,
    BrokeredOutlivesAccount,
    ExchangedAccessJoinsNothing,
    BadDevicesUnlogged,
    GrandchildrenOutlive,
    ExchangedOfRefreshedOutlives,
    RefreshedElsewhereOutlives,
    SecondExchangeAmplifies,
    ExchangedSignsInAnew,
    ExpiredExchangedExchanged,
    UseProlongs,
    RoleRevives,
    SecondClientBlindToDevice,
    DisablingEndsNamesakes,
    RevocationEndsEveryClient,
    RefusedIsLoggedAsLetIn,
    BrokerOnlyTakes,
    NamedRefreshNotSpent,
    UsedRefreshIntrospectsActive,
    IntrospectionOpenByForm,
    PartlyUnknownGivesAll,
    RestartPublishesRetiredKeys,
    ReinstatingRetiresOthers,
    RiskToldFromLow,
    KeyOpensInOutage,
    RiskReturnsRole,
    KeyOfNarrowToken,
}

impl Fault {
    /// Every fault, in the order of their numbers.
    pub fn all() -> impl Iterator<Item = Self> {
        faults().iter().filter_map(FaultEntry::fault)
    }

    /// The fault with this name (`refresh-copies-claims`) or number (`mu-01`).
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        faults().iter().find(|e| e.id == name || e.name == name)?.fault()
    }

    /// What `faults.toml` says of it.
    #[must_use]
    pub fn entry(self) -> Option<&'static FaultEntry> {
        faults().iter().find(|e| e.fault() == Some(self))
    }
}

/// What is said of a fault.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaultEntry {
    /// Number in the catalogue: `mu-01`.
    pub id: String,
    /// Name: `refresh-copies-claims`.
    pub name: String,
    /// What the system does wrong.
    pub what: String,
    /// Where such a fault was seen.
    pub origin: String,
    /// Requirements (ids) that must notice it: at least one turns red.
    pub must: Vec<String>,
    /// Others that may turn red, and why.
    #[serde(default)]
    pub may: Vec<MayTurnRed>,
}

impl FaultEntry {
    /// The fault that it is about, by its name.
    fn fault(&self) -> Option<Fault> {
        let name: StrDeserializer<'_, ValueError> = self.name.as_str().into_deserializer();
        Fault::deserialize(name).ok()
    }
}

/// A requirement that may turn red beside those that must.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MayTurnRed {
    /// Id of the requirement.
    pub id: String,
    /// Why this fault can break it too.
    pub why: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    fault: Vec<FaultEntry>,
}

/// All faults of the reference system.
///
/// # Panics
/// Never in a build whose tests passed: the list is part of the binary and a test reads it.
#[must_use]
pub fn faults() -> &'static [FaultEntry] {
    static LIST: OnceLock<Vec<FaultEntry>> = OnceLock::new();
    LIST.get_or_init(|| {
        let file: File = toml::from_str(include_str!("faults.toml")).expect("faults.toml is valid");
        file.fault
    })
}

/// The faults that are switched on.
#[derive(Debug, Clone, Default)]
pub(super) struct Faults(Vec<Fault>);

impl Faults {
    pub(super) fn new(on: &[Fault]) -> Self {
        Self(on.to_vec())
    }

    pub(super) fn has(&self, fault: Fault) -> bool {
        self.0.contains(&fault)
    }
}
