//! What we intend: the target file, the recipe, the scenario scripts, the selection of features. Reads files, never
//! sockets; knows nothing of what happened.

mod bounds;
pub mod check;
mod choices;
pub mod cut;
mod declared;
mod exceptions;
pub mod feature;
mod gaps;
mod interleave;
mod issuers;
mod joined;
mod load;
mod nearest;
mod recipe;
mod record;
mod scenario;
pub mod schemas;
mod scripts;
pub mod shipped;
mod source;
mod suite;
mod target;
mod waivers;

pub use bounds::{BOUND_NAMES, LONGEST_WAIT, milliseconds};
pub use choices::{
    Another, AwaitedBound, CallWith, Delivery, Forger, Later, Operations, ScopeChoice, Via,
};
pub use declared::Declared;
pub use interleave::{Apart, Interleave};
pub use joined::Merge;
use load::fill;
pub use load::{Overlay, load_target, shipped_target};
pub use nearest::{nearest, suggestion};
pub use recipe::{
    Change, ChangeSteps, ClockMove, ClockRead, Confirm, HttpStep, Recipe, RecipeHead, SubjectSteps,
};
pub use record::{PlanRecord, Planned};
pub use scenario::{Scenario, Touches, Verb};
pub use scripts::{Script, Scripts};
use source::plainly;
pub use source::{LARGEST_FILE, Source};
pub use suite::{FeatureFile, Named, Suite};
pub use target::{
    AccessFields, AccessLog, ChangeFields, ChangeLog, Client, ClientAuth, DecisionLog,
    DeclaredException, Derived, Direct, Discovery, Effect, Elsewhere, Grant, GrantKind, Http,
    Issuer, LogFields, Operation, PushAt, REVOCATION_OF, Receiver, RefusalSigns, Roots, Secret,
    Service, SignalAlgorithm, Signals, Subjects, Target, TargetHead, TransmitterAt, UsedCredential,
    WaiversAt,
};
pub use waivers::{DeclaredWaiver, WaiverFile, WaiverTerms, WaiversRead, asked_control};
