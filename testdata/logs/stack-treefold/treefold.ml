type t = Leaf | Node of t * int
let rec build n acc = if n = 0 then acc else build (n - 1) (Node (acc, n land 7))
let rec sum = function Leaf -> 0 | Node (l, v) -> v + sum l
let () =
  prerr_endline "treefold: folding degenerate tree";
  Printf.printf "weight %d\n" (sum (build 200_000 Leaf))
