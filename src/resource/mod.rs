//! What an API decides: the resource server without HTTP.
