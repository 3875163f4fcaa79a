//! By which grants of the target a token for a service is asked for.

use super::{Halt, Stage};
use crate::plan::{Service, Via};

impl Stage {
    /// The grants for a service on a way, in the order in which they are tried.
    pub(super) fn grants_for(
        &self,
        name: &str,
        service: &Service,
        via: Via,
    ) -> Result<Vec<String>, Halt> {
        let target = &self.run.declared.target;
        let subject = &target.subject;
        // A token of an issuer that the service does not take would show nothing but that.
        let taken = |grant: &&String| self.run.declared.takes(service, grant);
        match via {
            Via::Usual => Ok(vec![target.usual_grant(service).clone()]),
            Via::Others => Ok(target.further_grants(name).filter(taken).cloned().collect()),
            Via::Upstream => match &subject.upstream_grant {
                Some(grant) => Ok(vec![grant.clone()]),
                None => Err(Halt::Unmet("the target does not provide `upstream`".to_owned())),
            },
            // Another service may have some.
            Via::Bound => Ok(target.grant_with_key(service).into_iter().cloned().collect()),
            Via::Certificate => {
                Ok(target.grant_with_certificate(service).into_iter().cloned().collect())
            }
            Via::OtherClient => match &subject.other_grant {
                Some(others) => Ok(others.at(name).iter().filter(taken).cloned().collect()),
                None => Err(Halt::Unmet("the target does not provide `other-client`".to_owned())),
            },
        }
    }
}
