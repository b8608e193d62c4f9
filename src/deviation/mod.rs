//! How we misbehave, on purpose: six seams, and nothing outside this folder knows a weakness.
