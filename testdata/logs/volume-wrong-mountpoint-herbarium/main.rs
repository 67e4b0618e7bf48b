use std::fs;
use std::path::Path;

fn main() {
    let root = Path::new("/data/specimens");
    let n = match fs::read_dir(root) {
        Ok(d) => d.filter_map(|e| e.ok()).filter(|e| e.path().extension().map_or(false, |x| x == "txt")).count(),
        Err(_) => 0,
    };
    eprintln!("herbarium: {n} catalog file(s)");
    if n == 0 {
        eprintln!("herbarium: nothing to serve, is the import finished?");
        std::process::exit(4);
    }
    let t = fs::read_to_string(root.join("catalog.txt")).expect("catalog");
    println!("{} specimens, first: {}", t.lines().count(), t.lines().next().unwrap_or("-"));
}
