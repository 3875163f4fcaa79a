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
        let subject = &self.run.declared.target.subject;
        // A token of an issuer that the service does not take would show nothing but that.
        let taken = |all: &[String]| {
            all.iter().filter(|g| self.run.declared.takes(service, g)).cloned().collect()
        };
        match via {
            Via::Usual => Ok(vec![service.grant.as_ref().unwrap_or(&subject.grant).clone()]),
            Via::Others => {
                let other = subject.other_grant.iter().flat_map(|others| others.at(name));
                let once = subject.one_time_grant.iter().flat_map(|names| names.all());
                let single = subject.upstream_grant.iter().chain(&subject.bound_grant);
                let all: Vec<String> = other.chain(single).chain(once).cloned().collect();
                Ok(taken(&all))
            }
            Via::Upstream => match &subject.upstream_grant {
                Some(grant) => Ok(vec![grant.clone()]),
                None => Err(Halt::Unmet("the target does not provide `upstream`".to_owned())),
            },
            // Another service may have some.
            Via::Bound => {
                Ok(self.run.declared.target.grant_with_key(service).into_iter().cloned().collect())
            }
            Via::Certificate => {
                let found = self.run.declared.target.grant_with_certificate(service);
                Ok(found.into_iter().cloned().collect())
            }
            Via::OtherClient => match &subject.other_grant {
                Some(others) => Ok(taken(others.at(name))),
                None => Err(Halt::Unmet("the target does not provide `other-client`".to_owned())),
            },
        }
    }
}
