//! How the pieces become one running lab.
