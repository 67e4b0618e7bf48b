use std::process::{Command, Stdio};

fn tool_version(t: &str) -> Option<String> {
    let o = Command::new(t).arg("--version").stdin(Stdio::null()).output().ok()?;
    String::from_utf8_lossy(&o.stdout).lines().next().map(str::to_owned)
}

fn main() {
    let Some(v) = tool_version("/usr/bin/xz") else {
        eprintln!("texwatch: xz is not installed or too old (need 5.2); try: apt install xz-utils");
        std::process::exit(127);
    };
    println!("compressing archives with {v}");
}
