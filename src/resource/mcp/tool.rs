//! The tools: tiny, honest, and checked against the very schema that they are listed with.

use serde_json::{Map, Value, json};
use time::OffsetDateTime;

use crate::clock::Timestamp;
use crate::resource::Access;

/// One tool.
#[derive(Debug)]
pub(super) struct Tool {
    name: &'static str,
    title: &'static str,
    description: &'static str,
    /// Name and meaning of each argument. All are numbers, and all are required.
    numbers: &'static [(&'static str, &'static str)],
    run: Run,
}

/// What a tool does. What it says is structured; what went wrong is text for the model.
#[derive(Debug)]
enum Run {
    /// Looks around and always has an answer.
    Look(fn(&Circumstances<'_>) -> Value),
    /// Computes with its arguments.
    Compute(fn(&Map<String, Value>) -> Result<Value, String>),
}

/// What a tool may look at.
#[derive(Debug)]
pub(super) struct Circumstances<'a> {
    pub(super) access: &'a Access,
    pub(super) now: Timestamp,
}

/// In the order in which they are listed.
pub(super) static TOOLS: [Tool; 3] = [
    Tool {
        name: "whoami",
        title: "Who am I?",
        description: "Says for whom, through which client and with what scope the token was issued.",
        numbers: &[],
        run: Run::Look(whoami),
    },
    Tool {
        name: "get_time",
        title: "Time",
        description: "Says the time of the server in UTC.",
        numbers: &[],
        run: Run::Look(get_time),
    },
    Tool {
        name: "add",
        title: "Sum",
        description: "Adds two numbers.",
        numbers: &[("a", "The first number"), ("b", "The second number")],
        run: Run::Compute(add),
    },
];

pub(super) fn find(name: &str) -> Option<&'static Tool> {
    TOOLS.iter().find(|tool| tool.name == name)
}

impl Tool {
    /// As `tools/list` shows it.
    pub(super) fn listed(&self) -> Value {
        json!({
            "name": self.name,
            "title": self.title,
            "description": self.description,
            "inputSchema": self.schema(),
        })
    }

    fn schema(&self) -> Value {
        if self.numbers.is_empty() {
            return json!({ "type": "object", "additionalProperties": false });
        }
        let property = |(name, meaning): &(&str, &str)| {
            ((*name).to_owned(), json!({ "type": "number", "description": meaning }))
        };
        let properties: Map<_, _> = self.numbers.iter().map(property).collect();
        let required: Vec<_> = self.numbers.iter().map(|(name, _)| *name).collect();
        json!({
            "type": "object",
            "properties": properties,
            "required": required,
            "additionalProperties": false,
        })
    }

    /// Whether arguments fit the schema; the error is for the model that wrote them.
    pub(super) fn check(&self, arguments: &Map<String, Value>) -> Result<(), String> {
        for (name, _) in self.numbers {
            match arguments.get(*name) {
                None => return Err(format!("The argument {name} is missing.")),
                Some(value) if !value.is_number() => {
                    return Err(format!("The argument {name} is not a number."));
                }
                Some(_) => {}
            }
        }
        if arguments.len() > self.numbers.len() {
            return Err(format!("The tool {} has no other arguments than its schema.", self.name));
        }
        Ok(())
    }

    /// Runs it with arguments that fit.
    pub(super) fn run(
        &self,
        circumstances: &Circumstances<'_>,
        arguments: &Map<String, Value>,
    ) -> Result<Value, String> {
        match self.run {
            Run::Look(look) => Ok(look(circumstances)),
            Run::Compute(compute) => compute(arguments),
        }
    }
}

fn whoami(circumstances: &Circumstances<'_>) -> Value {
    let access = circumstances.access;
    json!({
        "issuer": access.issuer,
        "subject": access.subject,
        "client_id": access.client_id,
        "scope": access.scope,
        "is_user": access.user().is_some(),
    })
}

fn get_time(circumstances: &Circumstances<'_>) -> Value {
    let seconds = circumstances.now.secs();
    let time =
        i64::try_from(seconds).ok().and_then(|s| OffsetDateTime::from_unix_timestamp(s).ok());
    let utc = time.map(|time| {
        format!(
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z",
            time.year(),
            u8::from(time.month()),
            time.day(),
            time.hour(),
            time.minute(),
            time.second()
        )
    });
    json!({ "utc": utc, "seconds_since_1970": seconds })
}

fn add(arguments: &Map<String, Value>) -> Result<Value, String> {
    let number = |name: &str| arguments.get(name).cloned().unwrap_or_default();
    let (a, b) = (number("a"), number("b"));
    if let (Some(a), Some(b)) = (a.as_i64(), b.as_i64()) {
        let sum = a.checked_add(b).ok_or("The sum does not fit into 64 bits.")?;
        return Ok(json!({ "sum": sum }));
    }
    let sum = a.as_f64().unwrap_or(f64::NAN) + b.as_f64().unwrap_or(f64::NAN);
    if sum.is_finite() {
        Ok(json!({ "sum": sum }))
    } else {
        Err("The sum is not finite.".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The check and the published schema agree, judged by a validator that nobody here wrote.
    #[test]
    fn an_independent_validator_agrees_about_arguments() {
        for tool in &TOOLS {
            let validator = jsonschema::draft202012::new(&tool.schema()).unwrap();
            for arguments in [
                json!({}),
                json!({ "a": 1 }),
                json!({ "a": 1, "b": 2.5 }),
                json!({ "a": "1", "b": 2 }),
                json!({ "a": 1, "b": null }),
                json!({ "a": 1, "b": 2, "c": 3 }),
                json!({ "x": 1 }),
            ] {
                let fits = tool.check(arguments.as_object().unwrap()).is_ok();
                assert_eq!(fits, validator.is_valid(&arguments), "{} {arguments}", tool.name);
            }
        }
    }

    #[test]
    fn sums_are_exact_or_refused() {
        let access = crate::resource::fixture::access("alice", "web");
        let circumstances = Circumstances { access: &access, now: Timestamp::from_secs(0) };
        let sum = |a: Value, b: Value| {
            let arguments = json!({ "a": a, "b": b });
            find("add").unwrap().run(&circumstances, arguments.as_object().unwrap())
        };
        assert_eq!(sum(json!(2), json!(3)).unwrap(), json!({ "sum": 5 }));
        assert_eq!(sum(json!(0.5), json!(1)).unwrap(), json!({ "sum": 1.5 }));
        assert!(sum(json!(i64::MAX), json!(1)).is_err());
        assert!(sum(json!(f64::MAX), json!(f64::MAX)).is_err());
    }

    #[test]
    fn the_time_is_written_in_utc() {
        let access = crate::resource::fixture::access("alice", "web");
        let now = Timestamp::from_secs(1_800_000_000);
        let time =
            find("get_time").unwrap().run(&Circumstances { access: &access, now }, &Map::new());
        assert_eq!(time.unwrap()["utc"], "2027-01-15T08:00:00Z");
    }
}
