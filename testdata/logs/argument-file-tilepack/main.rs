use std::error::Error;
use std::fmt;
use std::fs;

#[derive(Debug)]
struct Context {
    what: String,
    source: Box<dyn Error>,
}
impl fmt::Display for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}
impl Error for Context {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(self.source.as_ref())
    }
}
fn ctx<T, E: Error + 'static>(r: Result<T, E>, what: &str) -> Result<T, Box<dyn Error>> {
    r.map_err(|e| Box::new(Context { what: what.into(), source: Box::new(e) }) as Box<dyn Error>)
}

fn run() -> Result<(), Box<dyn Error>> {
    let mut style = String::from("styles/default.json");
    let mut zoom = 4u32;
    for a in std::env::args().skip(1) {
        if let Some(v) = a.strip_prefix("--style=") {
            style = v.to_string();
        } else if let Some(v) = a.strip_prefix("--zoom=") {
            zoom = ctx(v.parse(), "bad zoom level")?;
        }
    }
    if fs::metadata("tilepack.lock").is_err() {
        eprintln!("note: no lock file, rendering from scratch");
    }
    let text = ctx(fs::read_to_string(&style), "unreadable style sheet").map_err(|e| Context { what: "render job 1 of 1".into(), source: e })?;
    let layers = text.matches("\"layer\"").count();
    println!("{} tiles, {} layers", 4u64.pow(zoom), layers);
    Ok(())
}

fn ctx_chain(e: &dyn Error) {
    eprintln!("Error: {e}");
    let mut s = e.source();
    if s.is_some() {
        eprintln!("\nCaused by:");
    }
    let mut i = 0;
    while let Some(c) = s {
        eprintln!("    {i}: {c}");
        i += 1;
        s = c.source();
    }
}

fn main() {
    if let Err(e) = run() {
        ctx_chain(e.as_ref());
        std::process::exit(1);
    }
}
