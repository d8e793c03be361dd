//! `cargo xtask secrets`: how to give the Worker its variables, from docs/configuration.md, which a test holds to src/config.rs.

use std::fs;

use local_tools::checkout;

use crate::{Res, settings};

const USAGE: &str = "cargo xtask secrets [--env NAME] [--json]";

/// A variable of the Worker.
#[derive(Debug, PartialEq, Eq)]
struct Variable {
    name: String,
    required: bool,
    what: String,
}

pub fn run(args: &[String]) -> Res<()> {
    let (env, rest) = settings::take_env(args)?;
    let all = variables(&page()?);
    match rest.as_slice() {
        [] => print!("{}", list(&all, env.as_deref())),
        [json] if json == "--json" => println!("{}", values(&all, env.as_deref())?),
        _ => return Err(USAGE.to_owned()),
    }
    Ok(())
}

fn page() -> Res<String> {
    let file = checkout().join("docs/configuration.md");
    fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))
}

/// The rows of the page that the Worker reads, those it needs first.
fn variables(page: &str) -> Vec<Variable> {
    let rows = page.lines().filter_map(|line| {
        let cells: Vec<&str> = line.strip_prefix("| `")?.strip_suffix(" |")?.splitn(4, " | ").collect();
        let [name, readers, kind, what] = cells.as_slice() else { return None };
        let is_ours = readers.split(", ").any(|reader| reader == "Worker");
        let (name, what) = (name.trim_end_matches('`').to_owned(), what.replace("\\|", "|"));
        is_ours.then(|| Variable { name, required: kind.starts_with("required"), what })
    });
    let mut all: Vec<Variable> = rows.collect();
    all.sort_by_key(|variable| !variable.required);
    all
}

fn list(all: &[Variable], env: Option<&str>) -> String {
    let env = env.map(|env| format!(" --env {env}")).unwrap_or_default();
    let mut text =
        format!("# All that .env has at once: cargo xtask secrets{env} --json | npx wrangler secret bulk{env}\n");
    for (required, title) in [(true, "Required"), (false, "Optional")] {
        text += &format!("\n# {title}\n");
        for variable in all.iter().filter(|variable| variable.required == required) {
            text += &format!("npx wrangler secret put {}{env}  # {}\n", variable.name, variable.what);
        }
    }
    text
}

/// What is set for this deployment, as `wrangler secret bulk` reads it.
fn values(all: &[Variable], env: Option<&str>) -> Res<String> {
    let given = settings::of_deployment(env)?;
    let missing: Vec<&str> =
        all.iter().filter(|one| one.required && !given.contains_key(&one.name)).map(|one| one.name.as_str()).collect();
    if !missing.is_empty() {
        return Err(format!("not set, and the Worker needs it: {}", missing.join(", ")));
    }
    let values = all.iter().filter_map(|one| Some((one.name.clone(), given.get(&one.name)?.clone().into())));
    Ok(serde_json::Value::Object(values.collect()).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_worker_reads_is_listed_and_nothing_else() {
        let page = "| `B` | Worker | optional | b \\| c |\n| `A` | Worker, relay | required, secret | a |\n| `C` | relay | required | c |";
        let all = variables(page);
        let named: Vec<(&str, bool)> = all.iter().map(|one| (one.name.as_str(), one.required)).collect();
        assert_eq!(named, [("A", true), ("B", false)]);
        let list = list(&all, Some("staging"));
        assert!(list.contains("npx wrangler secret put A --env staging  # a\n"), "{list}");
        assert!(list.ends_with("# Optional\nnpx wrangler secret put B --env staging  # b | c\n"), "{list}");
    }
}
