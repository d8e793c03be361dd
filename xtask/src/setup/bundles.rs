//! The two pages, made from TypeScript by their own build.mjs: the local Discord (tests/world/page) and the dashboard.

use std::{path::PathBuf, process::Command};

use local_tools::{checkout, node};

use crate::{
    Res, process,
    settings::{self, Variables},
    stamp,
};

struct Page {
    name: &'static str,
    /// Below the checkout.
    folder: &'static str,
}

const PAGES: [Page; 2] =
    [Page { name: "page", folder: "tests/world/page" }, Page { name: "dashboard", folder: "dashboard" }];

impl Page {
    fn is_fresh(&self, supabase: &Supabase) -> bool {
        stamp::is_fresh(self.name, &self.dir().join("dist/index.html"), &self.wanted(supabase))
    }

    fn dir(&self) -> PathBuf {
        checkout().join(self.folder)
    }

    fn wanted(&self, supabase: &Supabase) -> String {
        let inputs = [self.dir(), checkout().join("package-lock.json")];
        stamp::of(&inputs, &["dist"], &format!("{supabase:?}"))
    }

    fn make(&self, supabase: &Supabase) -> Res<()> {
        stamp::clear(self.name);
        let wanted = self.wanted(supabase);
        let mut build = Command::new(node());
        build
            .arg("build.mjs")
            .current_dir(self.dir())
            // The dashboard's headers name the one address it may talk to.
            .envs(supabase.clone());
        process::quiet(&format!("build-{}", self.name), &mut build)?;
        stamp::set(self.name, &wanted)
    }
}

pub fn are_fresh() -> bool {
    let local = local();
    there().all(|page| page.is_fresh(&local))
}

pub fn make() -> Res<()> {
    let local = local();
    there().filter(|page| !page.is_fresh(&local)).try_for_each(|page| page.make(&local))
}

/// Builds the dashboard for a deployment with these variables.
pub fn make_dashboard(variables: &Variables) -> Res<()> {
    let supabase = of(variables);
    let mut dashboard = there().filter(|page| page.name == "dashboard" && !page.is_fresh(&supabase));
    dashboard.try_for_each(|page| page.make(&supabase))
}

fn there() -> impl Iterator<Item = &'static Page> {
    PAGES.iter().filter(|page| page.dir().join("build.mjs").is_file())
}

/// Address and key that a browser may know. Empty: the local stack tells its own.
type Supabase = [(&'static str, String); 3];

fn local() -> Supabase {
    of(&settings::dot_env().unwrap_or_default())
}

fn of(variables: &Variables) -> Supabase {
    ["SUPABASE_URL", "SUPABASE_PUBLISHABLE_KEY", "SUPABASE_DISCORD_SIGN_IN"]
        .map(|name| (name, variables.get(name).cloned().unwrap_or_default()))
}
