//! Carries gateway events to the Worker.
