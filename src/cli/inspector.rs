//! Asking a running lab's inspector: what it decided, and why. Its token stands in the live record.

use serde::de::DeserializeOwned;

use super::target::Target;
use crate::error::Error;
use crate::fetch::{FetchError, Request};
use crate::lab::live::LiveRecord;
use crate::protocol::Secret;
use crate::server::inspector::{KeysView, RotationWish};
use crate::trace::StepReport;
use crate::trace::view::{TraceView, TracesView};

/// The inspector of a running lab.
#[derive(Clone, Copy, Debug)]
pub(super) struct Inspector<'t> {
    target: &'t Target,
    origin: &'t str,
    token: &'t Secret,
}

impl<'t> Inspector<'t> {
    /// That of the lab behind a target, if there is one.
    pub(super) fn of(target: &'t Target) -> Option<Self> {
        let LiveRecord { ready, inspector_token, .. } = target.lab.as_ref()?;
        let (origin, token) = ready.inspector.as_deref().zip(inspector_token.as_ref())?;
        Some(Self { target, origin, token })
    }

    /// One exchange: by trace id, `FLOW.N`, or `last`. `None` if it is not kept any more.
    pub(super) async fn trace(&self, id: &str, refused: bool) -> Result<Option<TraceView>, Error> {
        let id: String = url::form_urlencoded::byte_serialize(id.as_bytes()).collect();
        let query = if refused { "?refused=1" } else { "" };
        self.get(&format!("/api/traces/{id}{query}")).await
    }

    /// The latest exchanges.
    pub(super) async fn traces(&self, refused: bool) -> Result<Option<TracesView>, Error> {
        self.get(if refused { "/api/traces?refused=1" } else { "/api/traces" }).await
    }

    /// Tells it the steps of our own client.
    pub(super) async fn report(&self, report: &StepReport) -> Result<(), Error> {
        let request = Request::post_json(format!("{}/api/steps", self.origin), report);
        self.target.http.send(request.bearer(self.token)).await?;
        Ok(())
    }

    /// The published signing keys.
    pub(super) async fn keys(&self) -> Result<KeysView, Error> {
        let lab = "this lab has no issuer";
        self.get("/api/keys").await?.ok_or_else(|| Error::usage(lab, "ask the issuer's own lab"))
    }

    /// Rotates signing keys; what is published then.
    pub(super) async fn rotate(&self, wish: &RotationWish) -> Result<KeysView, Error> {
        let request = Request::post_json(format!("{}/api/keys/rotate", self.origin), wish);
        let answer = self.target.http.send(request.bearer(self.token)).await?;
        if answer.is_success() {
            return Ok(answer.json()?);
        }
        let hint = "`oauthlab keys list` shows what the lab signs with";
        Err(Error::usage("the lab does not rotate these keys now", hint))
    }

    async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<Option<T>, Error> {
        let request = Request::get(format!("{}{path}", self.origin)).bearer(self.token);
        let answer = self.target.http.send(request.accept("application/json")).await?;
        match answer.status {
            404 => Ok(None),
            _ if answer.is_success() => Ok(Some(answer.json()?)),
            status => {
                let detail = format!("the inspector answered with status {status}");
                Err(FetchError::Malformed { detail }.into())
            }
        }
    }
}
