//! What was found: one line a check, or one JSON document.

use std::process::ExitCode;

use from_json::{Value, json};

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Ok,
    Warn,
    Fail,
    /// It could not be looked at; the line says why.
    Skip,
}

impl State {
    fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Fail => "fail",
            Self::Skip => "skip",
        }
    }
}

pub struct Report {
    json: bool,
    found: Vec<(State, Value)>,
}

impl Report {
    pub fn new(json: bool) -> Self {
        Self { json, found: vec![] }
    }

    pub fn ok(&mut self, part: &str, what: impl Into<String>) {
        self.add(State::Ok, part, what.into(), String::new());
    }

    pub fn warn(&mut self, part: &str, what: impl Into<String>, mend: impl Into<String>) {
        self.add(State::Warn, part, what.into(), mend.into());
    }

    pub fn fail(&mut self, part: &str, what: impl Into<String>, mend: impl Into<String>) {
        self.add(State::Fail, part, what.into(), mend.into());
    }

    pub fn skip(&mut self, part: &str, what: impl Into<String>, mend: impl Into<String>) {
        self.add(State::Skip, part, what.into(), mend.into());
    }

    /// `what` if it is so, else a failure.
    pub fn expect(
        &mut self,
        is_so: bool,
        part: &str,
        what: &str,
        otherwise: impl Into<String>,
        mend: impl Into<String>,
    ) {
        match is_so {
            true => self.ok(part, what),
            false => self.fail(part, otherwise, mend),
        }
    }

    /// Neither argument may hold the value of a variable that is secret.
    fn add(&mut self, state: State, part: &str, what: String, mend: String) {
        if !self.json {
            let mend = if mend.is_empty() { mend.clone() } else { format!(" -> {mend}") };
            println!("{:<4} {part}: {what}{mend}", state.name());
        }
        self.found.push((state, json!({"state": state.name(), "part": part, "what": what, "mend": mend})));
    }

    pub fn end(self) -> ExitCode {
        let count = |state| self.found.iter().filter(|(found, _)| *found == state).count();
        let [ok, warn, fail, skip] = [State::Ok, State::Warn, State::Fail, State::Skip].map(count);
        if self.json {
            let checks: Vec<&Value> = self.found.iter().map(|(_, check)| check).collect();
            println!("{}", json!({"ok": ok, "warn": warn, "fail": fail, "skip": skip, "checks": checks}));
        } else {
            println!("\n{ok} ok, {warn} to look at, {fail} to mend, {skip} not checked");
        }
        if fail == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}
