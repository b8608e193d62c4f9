//! What the YAML says: a configuration that is valid by construction.
