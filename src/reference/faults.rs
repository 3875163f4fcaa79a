//! Deliberate misbehaviour, by name. Each fault is one small branch where the behaviour lives; this file only names
//! them, and `faults.toml` says what each does and which requirements must notice it.

use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

/// A deliberate misbehaviour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
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
}

use Fault::*;

/// Every fault with its number in the catalogue.
const NUMBERS: &[(Fault, &str)] = &[
    (RefreshCopiesClaims, "mu-01"),
    (RefreshIgnoresDisabledSubject, "mu-02"),
    (RefreshIgnoresDisabledClient, "mu-03"),
    (RefreshIgnoresWithdrawnConsent, "mu-04"),
    (RefreshWidensScope, "mu-05"),
    (ReplayAccepted, "mu-06"),
    (FamilySurvivesReplay, "mu-07"),
    (RotationForgottenAtRestart, "mu-08"),
    (RolesHardCoded, "mu-09"),
    (UnknownRoleReads, "mu-10"),
    (RiskIgnored, "mu-11"),
    (DeviceIgnored, "mu-12"),
    (ExchangeAmplifies, "mu-13"),
    (ExchangeOfTheDead, "mu-14"),
    (AudienceWildcard, "mu-15"),
    (NarrowRequestIgnored, "mu-16"),
    (RevocationDoesNothing, "mu-17"),
    (RevocationLeavesAccessTokens, "mu-18"),
    (IntrospectionIgnoresState, "mu-19"),
    (RecreationResurrects, "mu-20"),
    (RefreshRenewsAuthentication, "mu-21"),
    (RefreshNotLogged, "mu-22"),
    (ClaimsNotExplained, "mu-23"),
    (OwnerNotNamed, "mu-24"),
    (AudienceNotChecked, "mu-25"),
    (GenerousLeeway, "mu-26"),
    (CachedUntilExpiry, "mu-27"),
    (RetiredKeyAccepted, "mu-28"),
    (KeysOfAnyIssuer, "mu-29"),
    (TokenKindsConfused, "mu-30"),
    (AliasUnchecked, "mu-31"),
    (EventsIgnored, "mu-32"),
    (RevocationReachesOneReplica, "mu-33"),
    (FailsOpen, "mu-34"),
    (BoundTokenAsBearer, "mu-35"),
    (CertificateNotCompared, "mu-111"),
    (RefreshByAnyKey, "mu-112"),
    (SlidingCache, "mu-36"),
    (RevocationNotSignalled, "mu-37"),
    (StreamNotCut, "mu-38"),
    (LateSignalWins, "mu-39"),
    (OverstuffedTokens, "mu-40"),
    (RemovalFallsBack, "mu-41"),
    (RestoreLeavesResidue, "mu-42"),
    (LegacyDirectPath, "mu-43"),
    (BrokerFreezesGroups, "mu-44"),
    (IssuanceFailsOpen, "mu-45"),
    (OneNodeIsBehind, "mu-46"),
    (AccessesJoinNothing, "mu-47"),
    (KeptWhenUnreachable, "mu-48"),
    (DecisionCitesOldRevision, "mu-49"),
    (DecisionReused, "mu-51"),
    (NetworkDecorative, "mu-52"),
    (ExplanationsInvented, "mu-53"),
    (RefreshByAnotherClient, "mu-54"),
    (ScopesReadByPart, "mu-55"),
    (RefreshSlidesForever, "mu-56"),
    (DecisionKeyForgetsAction, "mu-57"),
    (ProofOfAnyKey, "mu-58"),
    (RevocationsForgottenAtRestart, "mu-59"),
    (PausedStreamForgets, "mu-60"),
    (SignalTellsOldValue, "mu-61"),
    (ClaimsChangeOldValue, "mu-131"),
    (DisabledToldEnabled, "mu-132"),
    (SignalsNotAuthenticated, "mu-62"),
    (StatusPlaceKept, "mu-63"),
    (AssertionsReplayed, "mu-64"),
    (StatusListUnverified, "mu-65"),
    (StatusListEndIsValid, "mu-66"),
    (StatusListKeptWhenUnreadable, "mu-67"),
    (ValidStatusOutranksExpiry, "mu-68"),
    (DerivedKeySurvives, "mu-69"),
    (ProofsReplayed, "mu-76"),
    (LogNamesAnotherClient, "mu-73"),
    (DecisionLate, "mu-70"),
    (DecisionKeyForgetsToken, "mu-79"),
    (IssuersComparedByPrefix, "mu-80"),
    (SecondPlaceUnnoticed, "mu-85"),
    (OtherDoorOpen, "mu-86"),
    (RiskLengthensLife, "mu-87"),
    (EnablingRevives, "mu-88"),
    (OneRefusalForAll, "mu-89"),
    (TokenInLog, "mu-90"),
    (LaterRefreshesCopy, "mu-97"),
    (ExchangeBringsBack, "mu-98"),
    (RememberedByAsker, "mu-99"),
    (DisabledExchanged, "mu-100"),
    (ReplicaKeepsAnswers, "mu-91"),
    (AliasKeepsAnswers, "mu-92"),
    (DescendantsOutlive, "mu-93"),
    (OtherClientNotTold, "mu-94"),
    (RevocationForgotten, "mu-95"),
    (OwnerUnheardOf, "mu-96"),
    (RiskUnseenInExchanged, "mu-101"),
    (HouseTrusted, "mu-102"),
    (OwnerOfAnotherPolicy, "mu-103"),
    (PolicyRevisionStands, "mu-104"),
    (PushGivesUp, "mu-113"),
    (PushWithoutAuthorization, "mu-114"),
    (TakenFromAllHolders, "mu-129"),
    (AbsentTakesAnother, "mu-130"),
    (TokenEncodedInLog, "mu-119"),
    (LastRoleGoesOnly, "mu-120"),
    (RefreshByNameCopies, "mu-121"),
    (OtherClientRefreshes, "mu-122"),
    (RefreshedNotRevoked, "mu-123"),
    (RemovalForgottenAtRestart, "mu-124"),
    (HouseClientEverywhere, "mu-125"),
    (WriteReads, "mu-126"),
    (RiskUnseenAtExchange, "mu-127"),
    (EnablingResets, "mu-133"),
    (HintObeyed, "mu-135"),
    (ScopesWithoutCase, "mu-136"),
    (AccountEventsIgnored, "mu-134"),
    (ClaimsEventsIgnored, "mu-137"),
    (SlashOpens, "mu-138"),
    (SuffixOpens, "mu-139"),
    (WritesUnguarded, "mu-140"),
    (OnlyTheLastIsRemembered, "mu-141"),
    (LogInLocalTime, "mu-142"),
    (ImpostorRefreshes, "mu-143"),
    (ExpiredExchanged, "mu-144"),
    (RevokedGrantExchanged, "mu-145"),
    (UsedForgotten, "mu-146"),
    (PermissionByHeart, "mu-147"),
    (RefreshIntrospectsActive, "mu-148"),
    (IntrospectionHintBelieved, "mu-149"),
    (DisabledByPrefix, "mu-150"),
    (RefreshForAnybody, "mu-151"),
    (RestoringUntraced, "mu-152"),
    (QueryTokenUnasked, "mu-153"),
    (OverrideUnasked, "mu-154"),
    (IntrospectionOpen, "mu-155"),
    (IntrospectionLivesLonger, "mu-156"),
    (UnknownScopeGivesAll, "mu-157"),
    (InputsByHeart, "mu-158"),
    (AccessesInLocalTime, "mu-159"),
    (AccessesOfNobody, "mu-160"),
    (GivenTwiceIsGone, "mu-161"),
    (KeptScopesPinned, "mu-162"),
    (LogoutAtOneClient, "mu-163"),
];

impl Fault {
    /// Every fault, in the order of their numbers.
    pub fn all() -> impl Iterator<Item = Self> {
        NUMBERS.iter().map(|(fault, _)| *fault)
    }

    /// The fault with this name (`refresh-copies-claims`) or number (`mu-01`).
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let entry = faults().iter().find(|e| e.id == name || e.name == name)?;
        NUMBERS.iter().find(|(_, id)| *id == entry.id).map(|(fault, _)| *fault)
    }

    /// What `faults.toml` says of it.
    #[must_use]
    pub fn entry(self) -> Option<&'static FaultEntry> {
        let id = NUMBERS.iter().find(|(fault, _)| *fault == self)?.1;
        faults().iter().find(|e| e.id == id)
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
