//! Tokens from issuers that are not OAuth at all: free HTTP steps, and a command whose output is the token.

use serde_json::{Map, Value};

use super::answer::{Denied, Granted, from_members};
use super::issuers::Issuers;
use crate::drive::{Flow, Values, command, excerpt};
use crate::model::{Outcome, Refusal};
use crate::plan::Grant;

/// What steps may capture for a token.
const MEMBERS: [&str; 4] = ["access_token", "refresh_token", "scope", "expires_in"];

impl Issuers {
    /// Runs the steps; the last captures are the token.
    pub(super) async fn by_steps(&self, grant: &Grant, values: Values) -> Result<Granted, Denied> {
        let mut flow = Flow::new(&self.http, &self.vault, values);
        let last = match flow.run(&grant.steps).await {
            Ok(last) => last,
            Err(stopped) => return Err(Denied::of_steps(stopped, &grant.refusal)),
        };
        let members: Map<String, Value> = MEMBERS
            .iter()
            .filter_map(|m| Some(((*m).to_owned(), flow.values().text_of(m)?.into())))
            .collect();
        from_members(&members, &self.vault, last.map(|r| r.answer.status))
    }

    /// Runs the command; its output is the token, or a token answer as JSON. Exit codes that the grant
    /// declares as refusals are refusals; every other failure is unknown.
    pub(super) async fn by_command(
        &self,
        grant: &Grant,
        values: &Values,
    ) -> Result<Granted, Denied> {
        let words: Vec<String> = grant
            .command
            .iter()
            .map(|w| values.text(w))
            .collect::<Result<_, _>>()
            .map_err(Denied::failed)?;
        let folder = &self.declared.folder;
        let ended = command::run_apart(&words, folder, self.http.timeout())
            .await
            .map_err(|why| Denied::unknown(self.vault.strike(&why), None))?;
        let code = ended.code.and_then(|c| u16::try_from(c).ok());
        if let Some(code) = code.filter(|c| *c != 0 && grant.refusal.statuses.contains(c)) {
            let refusal = Refusal { status: code, error: None, challenged: false };
            return Err(Denied { outcome: Outcome::Refused(refusal), status: None });
        }
        if ended.code != Some(0) {
            let said = excerpt::of_body(&ended.err, &self.vault);
            let how = ended.code.map_or("a signal".to_owned(), |c| format!("code {c}"));
            return Err(Denied::unknown(format!("the command ended with {how}: {said}"), None));
        }
        let Ok(out) = String::from_utf8(ended.out) else {
            return Err(Denied::unknown("the command printed no UTF-8", None));
        };
        let members = match serde_json::from_str(out.trim()) {
            Ok(Value::Object(members)) => members,
            _ => Map::from_iter([("access_token".to_owned(), out.trim().into())]),
        };
        from_members(&members, &self.vault, None)
    }
}
