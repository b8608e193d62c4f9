//! What the operator is told: one variant a module, a hint, an exit code.
