//! `cargo xtask release`: the `toolgate` command as it is shipped, with what runs when it starts side by side in the file.
//!
//! The system reads and maps a program by pages of many functions. Spread over 25 MB, the thousand that `toolgate serve`
//! runs until it is idle keep 9 MB of them in memory; side by side, 1.7 MB (docs/benchmarks.md). So the command is linked,
//! watched by valgrind as it starts, and linked again with what it was seen to run in front. A name that is not there any
//! more is passed over by the linker: the order can be out of date, and not wrong.

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, SystemTime};

use crate::failure::Failure;
use crate::{openssl, process};

const PACKAGE: &str = "toolgate-cli";
const FEATURES: &str = "bedrock,otel,snowflake,vertex";
/// What it starts with when it is watched: an authorization server, an MCP server and a model, none of which is asked.
const SETTINGS: &str = r#"
model = "openai/gpt-5"
[oauth]
issuer = "https://as.example.com"
client_id = "nobody"
[mcp.crm]
url = "https://crm.example.com/mcp"
[policy.tools."get_*"]
scopes = ["customer:read"]
[serve]
open_to_this_machine = true
models = { assistant = "openai/gpt-5" }
"#;
/// How long after that it is watched: threads of its own still gather entropy, under valgrind for about a second.
const AFTERWARDS: Duration = Duration::from_secs(4);
const SECRETS: [(&str, &str); 2] = [("OAUTH_CLIENT_SECRET", "none"), ("OPENAI_API_KEY", "none")];

/// Builds `target/dist/toolgate`, in its order.
///
/// # Errors
///
/// When valgrind is missing, or the command does not build or start.
pub(crate) fn run(arguments: &[String]) -> Result<(), Failure> {
    if let Some(extra) = arguments.first() {
        return Err(Failure::Usage(format!("release takes no arguments, but got {extra:?}")));
    }
    if !process::answers("valgrind", &["--version"]) {
        let message = "valgrind is needed to see what runs at the start (Debian: apt-get install valgrind)";
        return Err(Failure::Step(message.to_owned()));
    }
    let target = process::root().join("target");
    let (program, folder) = (target.join("dist").join("toolgate"), target.join("start"));
    let order = folder.join("order");
    write(&order, "")?;
    build(&order)?;
    let profile = watched(&program, &folder)?;
    let names = names(&profile, &program);
    println!("{} functions run at its start", names.len());
    write(&order, &names.into_iter().collect::<Vec<_>>().join("\n"))?;
    touch(&process::root().join("crates").join("cli").join("src").join("main.rs"))?;
    build(&order)?;
    println!("{}", program.display());
    Ok(())
}

/// Builds with the functions of `order` in front. The arguments are the same with each order, and so are the names of
/// functions.
fn build(order: &Path) -> Result<(), Failure> {
    let mut command = process::cargo();
    command.args(["rustc", "--quiet", "--locked", "--profile", "dist"]);
    command.args(["--package", PACKAGE, "--bin", "toolgate"]);
    command.args(["--features", FEATURES]).args(openssl::features()?.iter().copied());
    command.arg("--").arg(format!("-Clink-arg=-Wl,--symbol-ordering-file={}", order.display()));
    process::run(command.arg("-Clink-arg=-Wl,--no-warn-symbol-ordering"))
}

/// Starts `toolgate serve`, stops it when it is idle, and returns what valgrind wrote about it.
fn watched(program: &Path, folder: &Path) -> Result<String, Failure> {
    let (settings, profile): (PathBuf, PathBuf) =
        (folder.join("toolgate.toml"), folder.join("callgrind.out"));
    write(&settings, SETTINGS)?;
    let mut command = Command::new("valgrind");
    command.args(["--quiet", "--tool=callgrind", "--demangle=no"]);
    command.arg(format!("--callgrind-out-file={}", profile.display()));
    command.arg(program).args(["serve", "--listen", "127.0.0.1:0", "--config"]).arg(&settings);
    // What it runs must not depend on whose machine this is.
    let kept = std::env::vars_os().filter(|(name, _)| name == "PATH" || name == "HOME");
    command.env_clear().envs(kept).envs(SECRETS).current_dir(folder).stdout(Stdio::piped());
    let failed = |error: std::io::Error| Failure::Step(format!("the command could not be watched: {error}"));
    let mut child = command.spawn().map_err(failed)?;
    let mut said = String::new();
    if let Some(output) = child.stdout.take() {
        let read = BufReader::new(output).read_line(&mut said);
        if let Err(error) = read {
            // Nothing is left running, whether or not it can be stopped.
            let _ = child.kill();
            return Err(failed(error));
        }
    }
    thread::sleep(AFTERWARDS);
    // As a supervisor does: what it runs when it ends is small, and shows that it did.
    let stopped = process::run(Command::new("kill").args(["-TERM", &child.id().to_string()]));
    let status = child.wait().map_err(failed)?;
    if !said.starts_with("http") || !status.success() {
        return Err(Failure::Step(format!("`toolgate serve` did not start: {status}, {said:?}")));
    }
    stopped?;
    fs::read_to_string(&profile).map_err(failed)
}

/// The functions of `program` that ran, by a profile in callgrind's format: a name stands where it is first met, as
/// `fn=(7) name` or `cfn=(7) name`, and later as `(7)`. A function within itself has `'2` behind its name.
fn names<'a>(profile: &'a str, program: &Path) -> BTreeSet<&'a str> {
    let (mut objects, mut functions) = (HashMap::new(), HashMap::new());
    let (mut ours, mut ran) = (false, BTreeSet::new());
    for line in profile.lines() {
        let Some((kind, reference)) = line.split_once('=') else { continue };
        match kind {
            "ob" => ours = Path::new(named(&mut objects, reference)) == program,
            "cob" => _ = named(&mut objects, reference),
            "cfn" => _ = named(&mut functions, reference),
            "fn" => {
                let name = named(&mut functions, reference);
                if ours {
                    ran.extend(name.split('\'').next());
                }
            }
            _ => {}
        }
    }
    ran
}

fn named<'a>(known: &mut HashMap<&'a str, &'a str>, reference: &'a str) -> &'a str {
    match reference.split_once(' ') {
        Some((number, name)) => known.entry(number).insert_entry(name).get(),
        None => known.get(reference).copied().unwrap_or_default(),
    }
}

/// Has cargo link again, which does not know that the linker reads the order.
fn touch(source: &Path) -> Result<(), Failure> {
    fs::File::options()
        .append(true)
        .open(source)
        .and_then(|file| file.set_modified(SystemTime::now()))
        .map_err(|error| Failure::Step(format!("{} cannot be touched: {error}", source.display())))
}

fn write(file: &Path, text: &str) -> Result<(), Failure> {
    file.parent()
        .map_or(Ok(()), fs::create_dir_all)
        .and_then(|()| fs::write(file, text))
        .map_err(|error| Failure::Step(format!("{} cannot be written: {error}", file.display())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ran_of_the_program_is_read_and_nothing_of_its_libraries() {
        let profile = "ob=(1) /lib/libc.so.6\nfn=(1) malloc\n12 3\ncob=(2) /t/toolgate\ncfn=(2) _ZN4mainE\n\
                       calls=1 0\nob=(2)\nfn=(2)\n+3 1\nfn=(3) _ZN5startE'2\nob=(1)\nfn=(1)\n";
        let found: Vec<_> = names(profile, Path::new("/t/toolgate")).into_iter().collect();
        assert_eq!(found, ["_ZN4mainE", "_ZN5startE"]);
    }

    #[test]
    fn arguments_are_refused() {
        assert_eq!(run(&["now".to_owned()]).unwrap_err().code(), 2);
    }
}
