//! The MCP endpoint over HTTP: POST only, JSON only.

use axum::extract::Request;
use axum::response::Response;
use http::header::ORIGIN;
use http::{HeaderMap, StatusCode};

use super::answer;
use super::bearer::{Passed, call, guard};
use crate::resource::mcp::{Answer, Headers};
use crate::resource::{ProtectedApi, ResourceServer};
use crate::rule::DecisionRecord;
use crate::server::reply::{empty, json, no_store, with_decisions};
use crate::server::request::Reader;

/// POST: the origin first, then the token, then the message.
pub(super) async fn post(
    server: &ResourceServer,
    api: &ProtectedApi,
    request: Request,
) -> Response {
    let headers = mirrored(request.headers());
    if let Some(refused) = server.mcp().refuse_origin(&headers) {
        return respond(refused, Vec::new());
    }
    let Passed { access, record, .. } = match guard(server, api, &api.using(), call(&request)).await
    {
        Ok(passed) => passed,
        Err(refused) => return refused,
    };
    let reader = Reader { issuer: server.issuer(), deviations: server.deviations() };
    match reader.json(request).await {
        Ok((_, body)) => respond(server.mcp().answer(&headers, &body, &access), vec![record]),
        Err(refused) => answer::after(record, refused),
    }
}

fn respond(answer: Answer, mut records: Vec<DecisionRecord>) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    records.push(answer.record);
    let response = match answer.body {
        Some(body) => json(status, &body),
        None => no_store(empty(status)),
    };
    with_decisions(response, records)
}

fn mirrored(headers: &HeaderMap) -> Headers {
    let all = |name: &str| {
        let values: Vec<_> = headers.get_all(name).iter().collect();
        let lossy = values.iter().map(|value| String::from_utf8_lossy(value.as_bytes()));
        let joined = lossy.collect::<Vec<_>>().join(", ");
        (!values.is_empty()).then_some(joined)
    };
    Headers {
        origin: all(ORIGIN.as_str()),
        protocol_version: all("mcp-protocol-version"),
        method: all("mcp-method"),
        name: all("mcp-name"),
    }
}
