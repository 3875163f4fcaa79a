//! Whose tokens a service takes, as the target file says.

use std::collections::{BTreeMap, BTreeSet};

use super::{Declared, Service};

impl Declared {
    /// The issuer of a grant, by its name in the target file; a single one need not be named.
    #[must_use]
    pub fn issuer_of(&self, grant: &str) -> Option<&str> {
        let named = self.target.grant.get(grant)?.issuer.as_deref();
        named.or_else(|| self.target.issuer.keys().next().map(String::as_str))
    }

    /// False where a service says whose tokens it takes, and this grant's issuer is none of these.
    #[must_use]
    pub fn takes(&self, service: &Service, grant: &str) -> bool {
        let issuer = self.issuer_of(grant);
        let issuers = service.issuers.as_ref();
        issuers.zip(issuer).is_none_or(|(all, one)| all.iter().any(|known| known == one))
    }

    /// The grant that exchanges what a sign-in by this grant gives, for a service whose own grant is an exchange: the sign-ins of
    /// other clients come to it that way, too. `None` where the grant's tokens are for the service as they are.
    #[must_use]
    pub fn exchange_before(&self, service: &str, grant: &str) -> Option<&String> {
        let target = &self.target;
        let usual = target.usual_grant(target.service.get(service)?);
        let others = target.subject.other_grant.as_ref()?;
        let named = others.at(service).iter().any(|other| other == grant);
        (named && target.is_exchange(usual) && !target.is_exchange(grant)).then_some(usual)
    }

    /// True where a service is reached by an exchange of its own, and not by that of the subjects.
    #[must_use]
    pub fn exchanges_by_itself(&self, service: &Service) -> bool {
        let usual = self.target.usual_grant(service);
        self.target.is_exchange(usual) && self.target.subject.exchange.as_ref() != Some(usual)
    }

    /// Grants of issuers whose tokens a service must not take, each with its issuer, and issuers of grants that are named for it
    /// without a word on whether it takes their tokens.
    pub(super) fn strangers(&self, name: &str) -> (BTreeMap<String, String>, Vec<String>) {
        let Some(service) = self.target.service.get(name) else { return Default::default() };
        let subject = &self.target.subject;
        let Some(own) = self.issuer_of(self.target.usual_grant(service)) else {
            return Default::default();
        };
        let mut unsaid: BTreeSet<&str> = BTreeSet::new();
        if service.issuers.is_none() {
            let all = self.target.further_grants(name);
            let all = all.filter(|grant| self.exchange_before(name, grant).is_none());
            let exchange = subject.exchange.iter().filter(|_| !self.exchanges_by_itself(service));
            let all = all.chain(&subject.mtls_grant).chain(exchange);
            unsaid.extend(all.filter_map(|grant| self.issuer_of(grant)).filter(|i| *i != own));
        }
        let said = service.issuers.iter().flatten().map(String::as_str);
        let taken: BTreeSet<&str> = said.chain(unsaid.iter().copied()).chain([own]).collect();
        let grants = self.target.grant.keys();
        let foreign = grants.filter_map(|grant| Some((grant.clone(), self.issuer_of(grant)?)));
        let foreign = foreign.filter(|(_, issuer)| !taken.contains(issuer));
        let foreign = foreign.map(|(grant, issuer)| (grant, issuer.to_owned())).collect();
        (foreign, unsaid.into_iter().map(str::to_owned).collect())
    }
}
