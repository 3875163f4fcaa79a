//! Why a scenario stopped before its end.

/// Why the driver could not go on with a scenario. None of these is a verdict on the target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Halt {
    /// Something the scenario needs is not there (capability, grant, change) or did not work out; its obligations
    /// are inconclusive.
    Unmet(String),
    /// The target file declares absent what the scenario needs: it does not apply. Holds which capability, and the reason given.
    Absent(String),
    /// The run was interrupted.
    Interrupted,
    /// recant could not do its job (disk full, target unreachable from the start).
    Broken(String),
}

impl std::fmt::Display for Halt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unmet(why) => write!(f, "could not be carried out: {why}"),
            Self::Absent(what) => f.write_str(what),
            Self::Interrupted => f.write_str("interrupted"),
            Self::Broken(why) => write!(f, "recant could not go on: {why}"),
        }
    }
}

impl std::error::Error for Halt {}
