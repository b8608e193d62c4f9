//! What the user types: arguments become settings, settings become one call.
