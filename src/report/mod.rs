//! How findings leave.
