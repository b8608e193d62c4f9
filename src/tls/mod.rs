//! Who vouches for the lab: its CA, its leaf certificates, its bundle files.
