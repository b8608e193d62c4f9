//! The files that `oauthlab init` writes, and the JSON Schema that editors check them with.

use serde_json::Value;

use super::Config;
use super::file::schema;

/// The lab without any file.
pub(super) const STARTER: &str = include_str!("../../templates/lab/starter.yaml");

/// A file to begin with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Template {
    /// The name that `oauthlab init --template` takes.
    pub name: &'static str,
    /// What it is for.
    pub summary: &'static str,
    /// The YAML.
    pub text: &'static str,
    /// Files that stand beside it: name and text.
    pub beside: &'static [(&'static str, &'static str)],
}

/// A proxy before the nodes of a lab.
const NGINX: &[(&str, &str)] = &[
    ("nginx.conf", include_str!("../../templates/cluster/nginx.conf")),
    ("nginx-passthrough.conf", include_str!("../../templates/cluster/nginx-passthrough.conf")),
];

impl Template {
    /// Every template; the first one is the default.
    pub const ALL: &'static [Self] = &[
        Self {
            name: "starter",
            summary: "the built-in lab, explained",
            text: STARTER,
            beside: &[],
        },
        Self {
            name: "minimal",
            summary: "the shortest lab that logs somebody in",
            text: include_str!("../../templates/lab/minimal.yaml"),
            beside: &[],
        },
        Self {
            name: "workshop",
            summary: "a class on one machine: many users, many kinds of clients",
            text: include_str!("../../templates/lab/workshop.yaml"),
            beside: &[],
        },
        Self {
            name: "ci",
            summary: "tests without a person: free ports, secrets from the environment",
            text: include_str!("../../templates/lab/ci.yaml"),
            beside: &[],
        },
        Self {
            name: "vulnerable",
            summary: "a lab with known holes, for auditors in training",
            text: include_str!("../../templates/lab/vulnerable.yaml"),
            beside: &[],
        },
        Self {
            name: "cluster",
            summary: "two nodes on one Redis behind nginx, whose configuration stands beside it",
            text: include_str!("../../templates/lab/cluster.yaml"),
            beside: NGINX,
        },
    ];

    /// The template of a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|template| template.name == name)
    }
}

impl Config {
    /// The JSON Schema of oauthlab.yaml, for editors.
    pub fn schema() -> Value {
        schema()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Overrides, Source, TokenValidation};

    #[test]
    fn every_template_is_a_lab() {
        for template in Template::ALL {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("oauthlab.yaml");
            std::fs::write(&path, template.text).unwrap();
            let loaded = Config::load(&Source::File(path), &Overrides::default(), &|name| {
                // What a template leaves to its user.
                name.ends_with("_SECRET").then(|| "from-the-environment".to_owned())
            });
            let lab = loaded.unwrap_or_else(|error| panic!("{}: {error}", template.name));
            assert_eq!(lab.weaknesses.is_empty(), template.name != "vulnerable");
            assert_eq!(Template::named(template.name), Some(*template));
        }
    }

    #[test]
    fn the_starter_lab_is_what_the_design_promises() {
        let lab = Config::builtin().unwrap();
        assert_eq!(lab.issuer.url.as_str(), "https://localhost:9443");
        assert_eq!(lab.identifier(&lab.apis[1]), "https://localhost:9444/mcp");
        assert_eq!(lab.apis[0].validation, TokenValidation::Introspection);
        let clients: Vec<_> = lab.clients.iter().map(|client| client.id.as_str()).collect();
        assert_eq!(clients, ["web", "ci", "tv"]);
        assert!(lab.clients[0].metadata.token_endpoint_auth_method.is_public());
        let scopes: Vec<_> = lab.apis[0].scopes.iter().map(|(token, _)| token.as_str()).collect();
        assert_eq!(scopes, ["notes:read", "notes:write"], "in the order of the file");
    }

    #[test]
    fn every_template_fits_the_schema_and_the_schema_refuses_what_the_reader_refuses() {
        let schema = Config::schema();
        let validator = jsonschema::validator_for(&schema).unwrap();
        for template in Template::ALL {
            let value: Value = serde_yaml::from_str(template.text).unwrap();
            let errors: Vec<_> = validator.iter_errors(&value).map(|e| e.to_string()).collect();
            assert!(errors.is_empty(), "{}: {errors:?}", template.name);
        }
        for text in [
            "isuer: {}",
            "profile: oauth3",
            "clients: [{ id: a, grant: [] }]",
            "clients: [{ id: a, grants: [telepathy] }]",
            "tls: { mode: selfsigned }",
            "tls: { files: { certificate: a } }",
            "inspector: { port: 70000 }",
            "tokens: { access: { alg: HS256 } }",
        ] {
            let value: Value = serde_yaml::from_str(text).unwrap();
            assert!(!validator.is_valid(&value), "{text}");
        }
        for text in
            ["tls: off", "tls: { mode: { files: { cert: a, key: b } } }", "login: { automatic: a }"]
        {
            let value: Value = serde_yaml::from_str(&text.replace("off", "'off'")).unwrap();
            assert!(validator.is_valid(&value), "{text}");
        }
    }

    #[test]
    fn every_key_of_the_schema_is_explained() {
        fn unexplained(schema: &Value, path: &str, found: &mut Vec<String>) {
            if let Some(properties) = schema["properties"].as_object() {
                for (key, property) in properties {
                    let path = format!("{path}.{key}");
                    if property["description"].as_str().is_none_or(str::is_empty) && key != "mode" {
                        found.push(path.clone());
                    }
                    unexplained(property, &path, found);
                }
            }
        }
        let schema = Config::schema();
        let mut found = Vec::new();
        unexplained(&schema, "", &mut found);
        for (name, definition) in schema["$defs"].as_object().unwrap() {
            unexplained(definition, name, &mut found);
        }
        assert!(found.is_empty(), "{found:?}");
    }
}
