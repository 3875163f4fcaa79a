//! What we intend: the target file, the recipe, the scenario scripts, the selection of features. Reads files, never
//! sockets; knows nothing of what happened.

mod recipe;
mod record;
mod scenario;
mod target;

pub use recipe::{
    Change, ChangeSteps, ClockMove, Confirm, HttpStep, Recipe, RecipeHead, SubjectSteps,
};
pub use record::{PlanRecord, Planned};
pub use scenario::{CallWith, Operations, Scenario, ScopeChoice, Touches, Verb, Via};
pub use target::{
    Client, ClientAuth, DecisionLog, Declared, Discovery, Effect, Grant, GrantKind, Http, Issuer,
    LogFields, Operation, RefusalSigns, Secret, Service, Subjects, Target, TargetHead,
};
