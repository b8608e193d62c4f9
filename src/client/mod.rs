//! oauthlab as a client, against our own server or any other.
