//! `cargo xtask docs`: the generated pages of docs/, by the test that holds them to the code.

use crate::{
    Res, out,
    process::{cargo, pass_on},
};

pub fn run(args: &[String]) -> Res<()> {
    let mut command = cargo();
    command.args(["test", "--quiet", "--package", "community-os", "--test", "docs"]);
    match args {
        [] => command.args(["are_documented"]).env("UPDATE_DOCS", "1"),
        [check] if check == "--check" => &mut command,
        _ => return Err("cargo xtask docs [--check]".to_owned()),
    };
    pass_on(&mut command)?;
    out::done(if args.is_empty() {
        "docs/commands.md, docs/configuration.md"
    } else {
        "the documentation fits the code"
    });
    Ok(())
}
