use std::fs::OpenOptions;
use std::io::{self, Write};
use std::sync::mpsc;
use std::thread;

fn writer(rx: mpsc::Receiver<String>) -> io::Result<usize> {
    let mut f = OpenOptions::new().create(true).append(true).open("spool/2026/channel-a.log")?;
    let mut n = 0;
    for l in rx {
        n += f.write(l.as_bytes())?;
    }
    f.flush()?;
    Ok(n)
}

fn main() {
    let (tx, rx) = mpsc::channel();
    let w = thread::spawn(move || writer(rx));
    for i in 0..50 {
        if tx.send(format!("{i},{:.2}\n", (i as f64).sin())).is_err() {
            eprintln!("[sensorlog] channel a: consumer hung up after {i} readings");
            break;
        }
        thread::sleep(std::time::Duration::from_millis(1));
    }
    drop(tx);
    match w.join().unwrap() {
        Ok(n) => println!("wrote {n} bytes"),
        Err(e) => {
            eprintln!("[sensorlog] channel a: {:?}", e);
            std::process::exit(74)
        }
    }
}
