// A Rust program that writes through a null pointer.
mod engine {
    pub struct Table { pub rows: *mut u64 }
    impl Table {
        #[inline(never)]
        pub fn set(&mut self, i: usize) -> u64 {
            unsafe { std::ptr::write_volatile(self.rows.add(i), 7); }
            i as u64
        }
    }
}
fn main() {
    let n = std::env::args().count();
    let mut t = engine::Table { rows: std::ptr::null_mut() };
    std::process::exit(t.set(n) as i32 + 1);
}
