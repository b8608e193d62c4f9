//! One HTTP exchange as data, and the ids that name exchanges and flows.

use std::fmt;
use std::time::Duration;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use super::text::Text;
use crate::clock::Timestamp;
use crate::rule::{DecisionRecord, Rule, Verdict};

macro_rules! id {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// From 96 random bits: 24 hex digits, so that no id looks like an option.
            pub fn from_bytes(bytes: [u8; 12]) -> Self {
                use fmt::Write as _;
                let mut text = String::with_capacity(24);
                for byte in bytes {
                    let _ = write!(text, "{byte:02x}");
                }
                Self(text)
            }

            /// Reads an id: 24 hex digits.
            pub fn parse(text: &str) -> Option<Self> {
                let hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
                (text.len() == 24 && text.bytes().all(hex)).then(|| Self(text.to_owned()))
            }

            /// Its text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                Self::parse(&text).ok_or_else(|| D::Error::custom("an id has 24 hex digits"))
            }
        }
    };
}

id!(
    /// Names one exchange: random, in `X-Oauthlab-Trace` of its response.
    TraceId
);
id!(
    /// Names a flow: random, in `X-Oauthlab-Flow` of the requests of our own client.
    FlowId
);

impl FlowId {
    /// The id of a flow that nobody named: that of its first exchange.
    pub fn of_first(trace: &TraceId) -> Self {
        Self(trace.0.clone())
    }
}

/// Who answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Listener {
    /// The authorization server.
    Issuer,
    /// The resource server.
    Resource,
    /// The inspector. Only its refusals are kept.
    Inspector,
}

/// A named value. The name is a stranger's too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name.
    pub name: Text,
    /// Its value.
    pub value: Text,
}

/// What was asked.
#[derive(Clone, Debug, Default)]
pub struct RequestRecord {
    /// The method.
    pub method: String,
    /// The path pattern of the route; `None` when no route matched.
    pub pattern: Option<String>,
    /// The path.
    pub path: Text,
    /// Parameters of the query.
    pub query: Vec<Field>,
    /// Chosen headers.
    pub headers: Vec<Field>,
    /// Parameters of a form, or members of a JSON document.
    pub body: Vec<Field>,
}

/// What was answered.
#[derive(Clone, Debug, Default)]
pub struct ResponseRecord {
    /// The status.
    pub status: u16,
    /// Chosen headers.
    pub headers: Vec<Field>,
    /// Members of a JSON document.
    pub body: Vec<Field>,
}

/// How an exchange ended.
#[derive(Clone, Debug)]
pub enum Ending {
    /// With an answer.
    Answered(ResponseRecord),
    /// The client left before there was one.
    Abandoned,
    /// The handler panicked.
    Panicked,
}

/// One HTTP exchange.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// Its id.
    pub trace: TraceId,
    /// When the request came.
    pub at: Timestamp,
    /// How long the answer took.
    pub took: Duration,
    /// Who answered.
    pub listener: Listener,
    /// The flow that the client named.
    pub flow: Option<FlowId>,
    /// What was asked.
    pub request: RequestRecord,
    /// What became of it.
    pub ending: Ending,
    /// The decisions that fell, in order.
    pub decisions: Vec<DecisionRecord>,
}

impl Exchange {
    /// The answer, if there was one.
    pub fn response(&self) -> Option<&ResponseRecord> {
        match &self.ending {
            Ending::Answered(response) => Some(response),
            Ending::Abandoned | Ending::Panicked => None,
        }
    }

    /// The rule that refused, if any decision was a refusal.
    pub fn refused_by(&self) -> Option<&'static Rule> {
        self.decisions.iter().find_map(refused_by)
    }

    /// All fields, those of the request first.
    pub fn fields(&self) -> impl Iterator<Item = &Field> {
        self.request_fields().chain(self.response_fields())
    }

    /// The fields of the request.
    pub fn request_fields(&self) -> impl Iterator<Item = &Field> {
        let request = &self.request;
        request.query.iter().chain(&request.body).chain(&request.headers)
    }

    /// The fields of the response.
    pub fn response_fields(&self) -> impl Iterator<Item = &Field> {
        self.response()
            .into_iter()
            .flat_map(|response| response.headers.iter().chain(&response.body))
    }

    /// About how many bytes it holds.
    pub fn weight(&self) -> usize {
        let of_field =
            |field: &Field| size_of::<Field>() + field.name.weight() + field.value.weight();
        let fields: usize = self.fields().map(of_field).sum();
        let rulings: usize = self.decisions.iter().map(|decision| decision.rulings.len()).sum();
        // A ruling's facts hold at most some hundred bytes each; most of them are static.
        size_of::<Self>() + self.request.path.weight() + fields + rulings * 256
    }
}

/// The rule that a decision was refused by: the first broken one, or the one that blocked the rest.
pub fn refused_by(decision: &DecisionRecord) -> Option<&'static Rule> {
    let broken = decision.rulings.iter().find(|ruling| ruling.verdict == Verdict::Broken);
    broken.map(|ruling| ruling.rule).or_else(|| {
        decision.rulings.iter().find_map(|ruling| match ruling.verdict {
            Verdict::NotEvaluated(blocker) => Some(blocker),
            Verdict::Holds | Verdict::Broken | Verdict::Waived | Verdict::NotApplicable => None,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_24_hex_digits() {
        let id = TraceId::from_bytes([0xab; 12]);
        assert_eq!(id.as_str(), "abababababababababababab");
        assert_eq!(TraceId::parse(id.as_str()), Some(id));
        for wrong in ["", "ab", "ABababababababababababab", "zbababababababababababab"] {
            assert_eq!(TraceId::parse(wrong), None, "{wrong}");
        }
    }
}
