fn main(){ let k=std::env::var("LEDGER_KEY").expect("ledger key"); println!("key of {} bytes", k.len()); }
