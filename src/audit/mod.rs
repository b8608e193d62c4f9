//! What is wrong there: evidence gathered once, probes, pure judgements.
