//! `cargo xtask bundle`: what `wrangler deploy` uploads, the Worker and the dashboard for one deployment. wrangler.toml runs it.

use crate::{Res, out, settings, setup, setup::bundles, wasm};

const USAGE: &str = "cargo xtask bundle [--env NAME]";
const NEEDED: [&str; 2] = ["SUPABASE_URL", "SUPABASE_PUBLISHABLE_KEY"];

pub fn run(args: &[String]) -> Res<()> {
    let (env, rest) = settings::take_env(args)?;
    if !rest.is_empty() {
        return Err(USAGE.to_owned());
    }
    let variables = settings::of_deployment(env.as_deref())?;
    let file = env.map_or(".env".to_owned(), |env| format!(".env.{env}"));
    // wrangler says what it builds for; to try the bundle on this machine no Supabase is needed.
    let is_for_good = variables.get("WRANGLER_COMMAND").is_some_and(|command| command == "deploy");
    for name in NEEDED.into_iter().filter(|name| !variables.contains_key(*name)) {
        let said = format!("{name} is not set, in {file} or the environment: nobody could sign in to the dashboard");
        if is_for_good {
            return Err(said);
        }
        out::note(&said);
    }
    setup::ensure(setup::WASM)?;
    wasm::build()?;
    wasm::check_size()?;
    out::step("the dashboard", || bundles::make_dashboard(&variables))
}
