//! The notes API.

use axum::extract::Request;
use axum::response::Response;
use http::StatusCode;
use http::header::LOCATION;
use serde_json::{Value, json};

use super::answer::{self, Refusing};
use super::bearer::{Passed, call, guard};
use crate::resource::{Note, ProtectedApi, ResourceServer};
use crate::rule::{DecisionRecord, NOTE_USER, Refusal};
use crate::server::reply::{self, set, with_decisions};
use crate::server::request::Reader;

/// GET: the notes of the token's user.
pub(super) async fn list(
    server: &ResourceServer,
    api: &ProtectedApi,
    request: Request,
) -> Response {
    let Passed { access, record, dpop } =
        match guard(server, api, &api.reading(), call(&request)).await {
            Ok(passed) => passed,
            Err(refused) => return refused,
        };
    let decision = match server.notes().list(&access).await {
        Ok(decision) => decision,
        Err(trouble) => return answer::trouble(server, &trouble, vec![record]),
    };
    let records = vec![record, decision.record];
    match decision.outcome {
        Ok(notes) => {
            // A token whose details name some notes sees no other ones.
            let seen = notes.iter().filter(|note| access.meets(&api.reading().of_note(&note.id)));
            let notes: Vec<_> = seen.map(shown).collect();
            with_decisions(reply::json(StatusCode::OK, &json!({ "notes": notes })), records)
        }
        Err(refusal) => refuse((server, api, dpop), refusal, records),
    }
}

/// POST: a new note.
pub(super) async fn write(
    server: &ResourceServer,
    api: &ProtectedApi,
    request: Request,
) -> Response {
    let Passed { access, record, dpop } =
        match guard(server, api, &api.writing(), call(&request)).await {
            Ok(passed) => passed,
            Err(refused) => return refused,
        };
    let reader = Reader { issuer: server.issuer(), deviations: server.deviations() };
    let body = match reader.json(request).await {
        Ok((_, body)) => body,
        Err(refused) => return answer::after(record, refused),
    };
    let decision = match server.notes().write(&access, &body).await {
        Ok(decision) => decision,
        Err(trouble) => return answer::trouble(server, &trouble, vec![record]),
    };
    let records = vec![record, decision.record];
    match decision.outcome {
        Ok(note) => {
            let mut response = reply::json(StatusCode::CREATED, &shown(&note));
            let place = format!("{}/{}", api.path().trim_end_matches('/'), note.id);
            set(&mut response, LOCATION, &place);
            with_decisions(response, records)
        }
        Err(refusal) => refuse((server, api, dpop), refusal, records),
    }
}

/// GET of one note.
pub(super) async fn read(
    server: &ResourceServer,
    api: &ProtectedApi,
    id: &str,
    request: Request,
) -> Response {
    let need = api.reading().of_note(id);
    let Passed { access, record, dpop } = match guard(server, api, &need, call(&request)).await {
        Ok(passed) => passed,
        Err(refused) => return refused,
    };
    let decision = match server.notes().read(&access, id).await {
        Ok(decision) => decision,
        Err(trouble) => return answer::trouble(server, &trouble, vec![record]),
    };
    let records = vec![record, decision.record];
    match decision.outcome {
        Ok(note) => with_decisions(reply::json(StatusCode::OK, &shown(&note)), records),
        Err(refusal) => refuse((server, api, dpop), refusal, records),
    }
}

/// DELETE of one note.
pub(super) async fn delete(
    server: &ResourceServer,
    api: &ProtectedApi,
    id: &str,
    request: Request,
) -> Response {
    let need = api.deleting().of_note(id);
    let Passed { access, record, dpop } = match guard(server, api, &need, call(&request)).await {
        Ok(passed) => passed,
        Err(refused) => return refused,
    };
    let decision = match server.notes().delete(&access, id).await {
        Ok(decision) => decision,
        Err(trouble) => return answer::trouble(server, &trouble, vec![record]),
    };
    let records = vec![record, decision.record];
    match decision.outcome {
        Ok(_) => answer::done(records),
        Err(refusal) => refuse((server, api, dpop), refusal, records),
    }
}

fn refuse(
    (server, api, dpop): (&ResourceServer, &ProtectedApi, bool),
    refusal: Refusal,
    records: Vec<DecisionRecord>,
) -> Response {
    if *refusal.rule == NOTE_USER {
        // No scope helps a machine: the challenge names none.
        return Refusing { server, api, need: None, dpop }.refuse(refusal, records);
    }
    answer::refuse(server, refusal, records)
}

/// A note as its owner sees it.
fn shown(note: &Note) -> Value {
    json!({ "id": note.id, "text": note.text, "created_at": note.created_at.secs() })
}
