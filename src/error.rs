//! The three fates of a failure: the user can mend it, a service failed, or it is our bug.

use std::{
    fmt,
    ops::{Deref, DerefMut},
};

pub type Result<T, E = Error> = std::result::Result<T, E>;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// Shown to the user as it is: what is wrong and what to do.
    User(String),
    /// A service did not do its part: a fallback, or "try again" with a reference id.
    Service(ServiceError),
    /// Logged once, answered in general words.
    Bug(String),
}

/// Boxed: as a part of every `Result` it is passed on by nearly every line, and the Worker's wasm pays for each byte of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceError(Box<Failed>);

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failed {
    pub service: Service,
    /// What was asked of it, e.g. `rpc member_score`. Never holds a member's text.
    pub operation: String,
    pub kind: Failure,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Service {
    Discord,
    Supabase,
    Upstash,
    Gemini,
    Claude,
    Nlp,
    /// An address that an operator or a guild chose: a push service, a webhook.
    Outside,
}

/// The cases on which callers branch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// Environment variables that are missing or wrong.
    NotConfigured(&'static [&'static str]),
    Timeout,
    Unreachable(String),
    RateLimited {
        retry_after_ms: u64,
    },
    /// It answered with an error. `code` is the service's own (Discord's number, Postgres' SQLSTATE).
    Refused {
        status: u16,
        code: String,
        message: String,
    },
    /// It answered with something that cannot be read.
    Malformed(String),
}

impl Deref for ServiceError {
    type Target = Failed;

    fn deref(&self) -> &Failed {
        &self.0
    }
}

impl DerefMut for ServiceError {
    fn deref_mut(&mut self) -> &mut Failed {
        &mut self.0
    }
}

impl ServiceError {
    pub fn new(service: Service, operation: impl Into<String>, kind: Failure) -> Self {
        Self(Box::new(Failed { service, operation: operation.into(), kind }))
    }

    pub fn into_kind(self) -> Failure {
        self.0.kind
    }

    /// Whether the same request may succeed later without anyone changing anything.
    pub fn is_passing(&self) -> bool {
        match &self.kind {
            Failure::Timeout | Failure::Unreachable(_) | Failure::RateLimited { .. } => true,
            Failure::Refused { status, .. } => *status >= 500 || *status == 408,
            Failure::NotConfigured(_) | Failure::Malformed(_) => false,
        }
    }

    /// Refused because of what was asked, a missing permission, or something that is gone: it stays so until somebody changes
    /// something.
    pub fn is_refused(&self) -> bool {
        matches!(self.kind, Failure::Refused { status: 400 | 403 | 404, .. })
    }

    /// What was asked for is not there.
    pub fn is_missing(&self) -> bool {
        matches!(self.kind, Failure::Refused { status: 404, .. })
    }

    /// When to try again, if the service said so.
    pub fn retry_after_ms(&self) -> Option<u64> {
        match self.kind {
            Failure::RateLimited { retry_after_ms } => Some(retry_after_ms),
            _ => None,
        }
    }

    /// The service's own error code, if it answered with one.
    pub fn code(&self) -> Option<&str> {
        match &self.kind {
            Failure::Refused { code, .. } => Some(code),
            _ => None,
        }
    }
}

impl Error {
    pub fn user(text: impl Into<String>) -> Self {
        Self::User(text.into())
    }

    pub fn bug(text: impl Into<String>) -> Self {
        Self::Bug(text.into())
    }
}

impl From<ServiceError> for Error {
    fn from(error: ServiceError) -> Self {
        Self::Service(error)
    }
}

impl Service {
    /// For metrics.
    pub fn name(self) -> &'static str {
        match self {
            Self::Discord => "discord",
            Self::Supabase => "supabase",
            Self::Upstash => "upstash",
            Self::Gemini => "gemini",
            Self::Claude => "claude",
            Self::Nlp => "nlp",
            Self::Outside => "outside",
        }
    }
}

impl Failure {
    /// For metrics.
    pub fn name(&self) -> &'static str {
        match self {
            Self::NotConfigured(_) => "not_configured",
            Self::Timeout => "timeout",
            Self::Unreachable(_) => "unreachable",
            Self::RateLimited { .. } => "rate_limited",
            Self::Refused { .. } => "refused",
            Self::Malformed(_) => "malformed",
        }
    }
}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Discord => "Discord",
            Self::Supabase => "Supabase",
            Self::Upstash => "Upstash",
            Self::Gemini => "Gemini",
            Self::Claude => "Claude",
            Self::Nlp => "Ash-NLP",
            Self::Outside => "an outside address",
        })
    }
}

impl fmt::Display for ServiceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: ", self.service, self.operation)?;
        match &self.kind {
            Failure::NotConfigured(variables) => write!(f, "not configured, set {}", variables.join(", ")),
            Failure::Timeout => f.write_str("no answer in time"),
            Failure::Unreachable(why) => write!(f, "unreachable: {why}"),
            Failure::RateLimited { retry_after_ms } => write!(f, "rate limited for {retry_after_ms} ms"),
            Failure::Refused { status, code, message } => write!(f, "refused with {status} {code}: {message}"),
            Failure::Malformed(why) => write!(f, "answered what cannot be read: {why}"),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(text) => f.write_str(text),
            Self::Service(error) => error.fmt(f),
            Self::Bug(text) => write!(f, "bug: {text}"),
        }
    }
}

impl std::error::Error for Error {}
impl std::error::Error for ServiceError {}
