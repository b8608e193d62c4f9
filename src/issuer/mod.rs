//! What we decide: the authorization server without HTTP.
