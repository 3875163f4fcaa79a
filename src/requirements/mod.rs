//! requirements.
