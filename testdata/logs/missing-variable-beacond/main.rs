use std::thread;
use std::time::Duration;

fn region() -> String {
    std::env::var("BEACON_REGION").unwrap_or_else(|_| "eu-central".into())
}

fn uplink() -> u16 {
    // minutes between two beacons
    std::env::var("BEACON_PERIOD").unwrap().parse().unwrap()
}

fn main() {
    eprintln!("beacond 0.9.4 ({})", region());
    let hb = thread::Builder::new()
        .name("heartbeat".into())
        .spawn(|| {
            for i in 0..3 {
                eprintln!("heartbeat {i}");
                thread::sleep(Duration::from_millis(30));
            }
        })
        .unwrap();
    let up = thread::Builder::new().name("uplink".into()).spawn(|| 60 / uplink()).unwrap();
    hb.join().unwrap();
    match up.join() {
        Ok(n) => println!("{n} beacons an hour"),
        Err(_) => {
            eprintln!("uplink thread is gone, shutting down");
            std::process::exit(70);
        }
    }
}
