//! Who acts for whom (RFC 8693 §1.1, §4.1, §4.4). A client that exchanges the token of another one is
//! named in `act`, unless the lab file lets it impersonate; whoever acted before stays inside.

use serde_json::{Map, Value, json};

use super::held::Held;
use crate::issuer::{Client, Issuer};
use crate::rule::{self, Fact, Judge};
use crate::store::record::Grant;

/// No chain of actors is longer.
const LONGEST_CHAIN: usize = 8;

impl Issuer {
    /// The `act` of the new token.
    pub(super) fn judge_acting(
        &self,
        judge: &mut Judge<'_>,
        client: &Client,
        (subject, actor): (&Held, Option<&Held>),
    ) -> Option<Value> {
        let granted = &subject.grant;
        let own = granted.client_id == client.id;
        let acts = actor.is_some() || !own;
        let name = actor.map_or(client.id.as_str(), |held| subject_of(&held.grant));
        self.judge_may_act(judge, granted, acts.then_some(name));
        let policy = self.config.exchange_of(&client.id).filter(|_| client.preregistered);
        let silent = actor.is_none() && policy.is_some_and(|own| own.impersonate);
        let act =
            if acts && !silent { Some(chained(name, granted)) } else { granted.actor.clone() };
        let length = act.as_ref().map_or(0, chain);
        judge.check(&rule::EXCHANGE_CHAIN, length <= LONGEST_CHAIN, || {
            (Fact::fixed("at most 8 actors"), Fact::public(length))
        });
        act
    }

    /// `may_act` among the claims of the user (RFC 8693 §4.4): each of its members must fit.
    fn judge_may_act(&self, judge: &mut Judge<'_>, granted: &Grant, actor: Option<&str>) {
        let claims = granted.subject.as_ref().and_then(|sub| self.users.of_subject(sub));
        let may_act = claims.and_then(|(_, claims)| claims.get("may_act"));
        let (Some(actor), Some(may_act)) = (actor, may_act) else {
            judge.not_applicable(&rule::EXCHANGE_MAY_ACT);
            return;
        };
        let issuer = self.url().as_str();
        let fits = may_act.as_object().is_some_and(|members| names(members, actor, issuer));
        judge.check(&rule::EXCHANGE_MAY_ACT, fits, || (Fact::public(may_act), Fact::public(actor)));
    }
}

/// Whether the members identify this party. One that we cannot compare identifies nobody here.
fn names(members: &Map<String, Value>, actor: &str, issuer: &str) -> bool {
    members.contains_key("sub")
        && members.iter().all(|(name, value)| match name.as_str() {
            "sub" => value == actor,
            "iss" => value == issuer,
            _ => false,
        })
}

/// The current actor outside, those before inside (RFC 8693 §4.1).
fn chained(name: &str, granted: &Grant) -> Value {
    match &granted.actor {
        None => json!({ "sub": name }),
        Some(before) => json!({ "sub": name, "act": before }),
    }
}

/// How many actors a chain has.
fn chain(act: &Value) -> usize {
    std::iter::successors(Some(act), |act| act.get("act")).count()
}

/// Who a token is about: its user, or the client that acts for itself.
fn subject_of(grant: &Grant) -> &str {
    grant.subject.as_ref().map_or(grant.client_id.as_str(), |sub| sub.as_str())
}
