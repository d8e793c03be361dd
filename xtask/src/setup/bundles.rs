//! The two pages, made from TypeScript by their own build.mjs: the local Discord (tests/world/page) and the dashboard.

use std::{path::PathBuf, process::Command};

use local_tools::{checkout, node};

use crate::{Res, process, settings, stamp};

struct Page {
    name: &'static str,
    /// Below the checkout.
    folder: &'static str,
}

const PAGES: [Page; 2] =
    [Page { name: "page", folder: "tests/world/page" }, Page { name: "dashboard", folder: "dashboard" }];

impl Page {
    fn is_fresh(&self) -> bool {
        stamp::is_fresh(self.name, &self.dir().join("dist/index.html"), &self.wanted())
    }

    fn dir(&self) -> PathBuf {
        checkout().join(self.folder)
    }

    fn wanted(&self) -> String {
        let inputs = [self.dir(), checkout().join("package-lock.json")];
        stamp::of(&inputs, &["dist"], &supabase_url())
    }

    fn make(&self) -> Res<()> {
        stamp::clear(self.name);
        let wanted = self.wanted();
        let mut build = Command::new(node());
        build
            .arg("build.mjs")
            .current_dir(self.dir())
            // The dashboard's headers name the one address it may talk to.
            .env("SUPABASE_URL", supabase_url());
        process::quiet(&format!("build-{}", self.name), &mut build)?;
        stamp::set(self.name, &wanted)
    }
}

pub fn are_fresh() -> bool {
    there().all(Page::is_fresh)
}

pub fn make() -> Res<()> {
    there().filter(|page| !page.is_fresh()).try_for_each(Page::make)
}

fn there() -> impl Iterator<Item = &'static Page> {
    PAGES.iter().filter(|page| page.dir().join("build.mjs").is_file())
}

fn supabase_url() -> String {
    let given = settings::dot_env().unwrap_or_default();
    given.get("SUPABASE_URL").cloned().unwrap_or_default()
}
