use std::fs;

struct Probe {
    one: f64,
    uptime: f64,
}

fn probe() -> Option<Probe> {
    let up = fs::read_to_string("/proc/uptime").ok()?;
    let uptime = up.split(' ').next()?.parse().ok()?;
    let la = fs::read_to_string("/proc/loadavg").unwrap_or_else(|_| "0.00 0.00".into());
    Some(Probe { one: la.split(' ').next()?.parse().ok()?, uptime })
}

fn main() {
    println!("loadshed: admission controller, window 5s");
    let Some(p) = probe() else {
        eprintln!("loadshed: FATAL clock source unusable, refusing to admit requests");
        std::process::exit(2);
    };
    println!("admitting at load below {:.0}", if p.uptime >= 0.0 && p.one >= 0.0 { 4.0 } else { 0.0 });
}
