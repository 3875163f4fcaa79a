//! By which grants of the target a token for a service is asked for.

use super::{Halt, Stage};
use crate::plan::{Service, Via};

/// A way to a token.
pub(super) struct Way {
    /// The grant that gives it.
    pub grant: String,
    /// Where that one is an exchange: the grant whose token it exchanges, where this is not the subjects' usual one.
    pub sign_in: Option<String>,
}

impl Way {
    /// By a grant as it is.
    pub(super) fn by(grant: &str) -> Self {
        Self { grant: grant.to_owned(), sign_in: None }
    }
}

impl Stage {
    /// The ways to a token for a service, in the order in which they are tried.
    pub(super) fn grants_for(
        &self,
        name: &str,
        service: &Service,
        via: Via,
    ) -> Result<Vec<Way>, Halt> {
        let declared = &self.run.declared;
        let target = &declared.target;
        let subject = &target.subject;
        // A service behind an exchange takes what comes of it, whichever client signed in.
        let through = |grant: &String| match declared.exchange_before(name, grant) {
            Some(exchange) => Way { grant: exchange.clone(), sign_in: Some(grant.clone()) },
            None => Way::by(grant),
        };
        // A token of an issuer that the service does not take would show nothing but that.
        let taken = |way: &Way| declared.takes(service, &way.grant);
        match via {
            Via::Usual => Ok(vec![Way::by(target.usual_grant(service))]),
            Via::Others => Ok(target.further_grants(name).map(through).filter(taken).collect()),
            Via::Upstream => match &subject.upstream_grant {
                Some(grant) => Ok(vec![Way::by(grant)]),
                None => Err(Halt::Unmet("the target does not provide `upstream`".to_owned())),
            },
            // Another service may have some.
            Via::Bound => {
                Ok(target.grant_with_key(service).map(|g| Way::by(g)).into_iter().collect())
            }
            Via::Certificate => {
                let grant = target.grant_with_certificate(service);
                Ok(grant.map(|g| Way::by(g)).into_iter().collect())
            }
            Via::OtherClient => match &subject.other_grant {
                Some(others) => Ok(others.at(name).iter().map(through).filter(taken).collect()),
                None => Err(Halt::Unmet("the target does not provide `other-client`".to_owned())),
            },
        }
    }
}
