let () = print_endline (String.uppercase_ascii "ocaml works")
