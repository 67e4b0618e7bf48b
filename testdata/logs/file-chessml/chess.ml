let book = "book/openings.pgn"
let variant = try Some (open_in "book/variants.pgn") with Sys_error _ -> None
let () =
  if variant = None then prerr_endline "chessml: variants off";
  let ic = try open_in book with e -> prerr_endline "chessml: engine init"; raise e in
  Printf.printf "opening %s\n" (input_line ic)
