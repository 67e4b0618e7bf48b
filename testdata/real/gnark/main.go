// Command gnark proves and verifies one small circuit with gnark, by Groth16 or, with
// the argument plonk, by PLONK with KZG commitments.
package main

import (
	"fmt"
	"os"

	"github.com/consensys/gnark-crypto/ecc"
	"github.com/consensys/gnark/backend/groth16"
	"github.com/consensys/gnark/backend/plonk"
	"github.com/consensys/gnark/frontend"
	"github.com/consensys/gnark/frontend/cs/r1cs"
	"github.com/consensys/gnark/frontend/cs/scs"
	"github.com/consensys/gnark/test/unsafekzg"
)

// cubic says that the prover knows x with x³ + x + 5 = y.
type cubic struct {
	X frontend.Variable
	Y frontend.Variable `gnark:",public"`
}

func (c *cubic) Define(api frontend.API) error {
	api.AssertIsEqual(c.Y, api.Add(api.Mul(c.X, c.X, c.X), c.X, 5))
	return nil
}

func try(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func main() {
	field := ecc.BN254.ScalarField()
	full, err := frontend.NewWitness(&cubic{X: 3, Y: 35}, field)
	try(err)
	public, err := full.Public()
	try(err)
	if len(os.Args) > 1 && os.Args[1] == "plonk" {
		ccs, err := frontend.Compile(field, scs.NewBuilder, &cubic{})
		try(err)
		srs, lagrange, err := unsafekzg.NewSRS(ccs)
		try(err)
		pk, vk, err := plonk.Setup(ccs, srs, lagrange)
		try(err)
		proof, err := plonk.Prove(ccs, pk, full)
		try(err)
		try(plonk.Verify(proof, vk, public))
		fmt.Println("plonk proof verified")
		return
	}
	ccs, err := frontend.Compile(field, r1cs.NewBuilder, &cubic{})
	try(err)
	pk, vk, err := groth16.Setup(ccs)
	try(err)
	proof, err := groth16.Prove(ccs, pk, full)
	try(err)
	try(groth16.Verify(proof, vk, public))
	fmt.Println("groth16 proof verified")
}
