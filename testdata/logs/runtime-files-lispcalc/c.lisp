(format t "~a~%" (reduce (function +) (list 1 2 3)))
