//! `cargo xtask report`: figures that somebody has to report, by a program of its own that few builds need.

use crate::{
    Res,
    migrate::database,
    out,
    process::{cargo, pass_on},
};

const USAGE: &str = "cargo xtask report referrals --year 2026 [--url postgres://...]";

pub fn run(args: &[String]) -> Res<()> {
    let [what, flag, year, rest @ ..] = args else { return Err(USAGE.to_owned()) };
    if what != "referrals" || flag != "--year" || !year.parse().is_ok_and(|year: i32| (2000..3000).contains(&year)) {
        return Err(USAGE.to_owned());
    }
    let url = database(rest, USAGE)?;
    out::note("the program that asks is compiled first; that takes a minute the first time");
    let mut command = cargo();
    command
        .args(["run", "--quiet", "--package", "xtask", "--features", "migrate", "--bin", "report", "--", year])
        // Not as an argument: those can be read by every user of the machine.
        .env("SUPABASE_DB_URL", url);
    pass_on(&mut command)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_needs_its_name_and_a_year() {
        for wrong in [&["referrals"][..], &["referrals", "--year", "26"], &["alerts", "--year", "2026"]] {
            let args: Vec<String> = wrong.iter().map(|one| (*one).to_owned()).collect();
            assert_eq!(run(&args).unwrap_err(), USAGE);
        }
    }
}
