(display (string-upcase "guile works"))
(newline)
