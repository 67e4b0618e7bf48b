fof(a, axiom, ![X]: (man(X) => mortal(X))).
fof(b, axiom, man(socrates)).
fof(c, conjecture, mortal(socrates)).
