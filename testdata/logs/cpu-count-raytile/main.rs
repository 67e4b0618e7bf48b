use std::thread;

fn main() -> Result<(), String> {
    let have = thread::available_parallelism().map_err(|e| e.to_string())?.get();
    let accel = have.saturating_sub(1);
    if accel == 0 {
        return Err("scheduler: no lane left for tile workers after reserving the compositor lane".into());
    }
    let hs: Vec<_> = (0..accel)
        .map(|w| {
            thread::spawn(move || {
                let mut a = w as u64 + 1;
                for i in 0..200_000u64 {
                    a = a.wrapping_mul(6364136223846793005).wrapping_add(i);
                }
                a
            })
        })
        .collect();
    let s = hs.into_iter().map(|h| h.join().unwrap()).fold(0u64, |x, y| x ^ y);
    println!("{accel} lanes, frame hash {s:016x}");
    Ok(())
}
