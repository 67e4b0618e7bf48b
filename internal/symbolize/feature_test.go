package symbolize

import (
	"debug/elf"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestFeatureOf has the assembler write each instruction.
func TestFeatureOf(t *testing.T) {
	t.Parallel()
	as, err := exec.LookPath("as")
	if err != nil {
		t.Skip("as is not installed (package binutils)")
	}
	tests := []struct{ asm, want string }{
		{"mov %rax,%rbx", ""}, {"popq (%rax)", ""}, {"movdqa %xmm0,%xmm1", ""}, {"addps %xmm0,%xmm1", ""}, {"bsr %eax,%ebx", ""},
		{"pshufb %xmm0,%xmm1", "SSSE3"}, {"palignr $1,%xmm0,%xmm1", "SSSE3"}, {"pabsd %xmm0,%xmm1", "SSSE3"},
		{"pminud %xmm0,%xmm1", "SSE4.1"}, {"roundsd $1,%xmm0,%xmm1", "SSE4.1"}, {"pinsrd $1,%eax,%xmm1", "SSE4.1"}, {"ptest %xmm0,%xmm1", "SSE4.1"},
		{"pcmpgtq %xmm0,%xmm1", "SSE4.2"}, {"crc32l %eax,%ebx", "SSE4.2"}, {"crc32b %al,%ebx", "SSE4.2"}, {"pcmpistri $1,%xmm0,%xmm1", "SSE4.2"},
		{"haddps %xmm0,%xmm1", "SSE3"}, {"lddqu (%rax),%xmm1", "SSE3"},
		{"popcnt %rax,%rbx", "POPCNT"}, {"lzcnt %rax,%rbx", "LZCNT"}, {"movbe (%rax),%ebx", "MOVBE"}, {"adcx %rax,%rbx", "ADX"}, {"adox %eax,%ebx", "ADX"},
		{"sha256rnds2 %xmm0,%xmm1,%xmm2", "SHA-NI"}, {"sha1rnds4 $1,%xmm1,%xmm9", "SHA-NI"}, {"sha256msg2 (%r9),%xmm2", "SHA-NI"},
		{"aesenc %xmm0,%xmm1", "AES-NI"}, {"aeskeygenassist $1,%xmm0,%xmm1", "AES-NI"}, {"pclmulqdq $0,%xmm0,%xmm1", "PCLMULQDQ"}, {"gf2p8mulb %xmm0,%xmm1", "GFNI"},
		{"rdrand %rax", "RDRAND"}, {"rdseed %eax", "RDSEED"}, {"rdpid %rax", "RDPID"}, {"rdtscp", "RDTSCP"}, {"xgetbv", "XSAVE"}, {"clwb (%rax)", "CLWB"},
		{"clflushopt (%rax)", "CLFLUSHOPT"}, {"rdfsbase %rax", "FSGSBASE"}, {"wrgsbase %rax", "FSGSBASE"}, {"tpause %eax", "WAITPKG"}, {"umwait %eax", "WAITPKG"},
		{"serialize", "SERIALIZE"}, {"movdir64b (%rax),%rbx", "MOVDIR64B"}, {"movdiri %eax,(%rbx)", "MOVDIRI"}, {"xtest", "RTM"}, {"xbegin .", "RTM"},
		{"rdpkru", "PKU"}, {"clzero", "CLZERO"}, {"pfadd %mm0,%mm1", "3DNow!"}, {"incsspq %rax", "CET"},
		{"vaddps %ymm0,%ymm1,%ymm2", "AVX"}, {"vxorps %xmm0,%xmm1,%xmm2", "AVX"}, {"vzeroupper", "AVX"}, {"vpaddd %xmm0,%xmm1,%xmm2", "AVX"},
		{"vpshufb %xmm0,%xmm1,%xmm2", "AVX"}, {"vaesenc %xmm0,%xmm1,%xmm2", "AVX"}, {"vbroadcastss (%rax),%ymm0", "AVX"}, {"vperm2f128 $1,%ymm0,%ymm1,%ymm2", "AVX"},
		{"vpcmpeqb (%rdi),%ymm0,%ymm1", "AVX2"}, {"vpaddd %ymm0,%ymm1,%ymm2", "AVX2"}, {"vpermq $1,%ymm0,%ymm1", "AVX2"}, {"vpbroadcastb %xmm0,%ymm1", "AVX2"},
		{"vpsllvd %xmm0,%xmm1,%xmm2", "AVX2"}, {"vpgatherdd %ymm0,(%rax,%ymm1),%ymm2", "AVX2"}, {"vinserti128 $1,%xmm0,%ymm1,%ymm2", "AVX2"}, {"vpshufd $1,%ymm0,%ymm1", "AVX2"},
		{"vpsrld $1,%ymm0,%ymm1", "AVX2"}, {"vpminud %ymm0,%ymm1,%ymm2", "AVX2"}, {"vpblendd $1,%xmm0,%xmm1,%xmm2", "AVX2"},
		{"vfmadd231ps %ymm0,%ymm1,%ymm2", "FMA"}, {"vfnmsub132sd %xmm0,%xmm1,%xmm2", "FMA"}, {"vcvtph2ps %xmm0,%ymm1", "F16C"}, {"vcvtps2ph $0,%ymm0,%xmm1", "F16C"},
		{"andn %eax,%ebx,%ecx", "BMI1"}, {"blsr %rax,%rbx", "BMI1"}, {"bextr %eax,%ebx,%ecx", "BMI1"}, {"pdep %rax,%rbx,%rcx", "BMI2"}, {"mulx %rax,%rbx,%rcx", "BMI2"},
		{"shlx %rax,%rbx,%rcx", "BMI2"}, {"rorx $3,%rax,%rbx", "BMI2"}, {"bzhi %eax,%ebx,%ecx", "BMI2"},
		{"vaesenc %ymm0,%ymm1,%ymm2", "VAES"}, {"vpclmulqdq $0,%ymm0,%ymm1,%ymm2", "VPCLMULQDQ"}, {"{vex} vpdpbusd %ymm0,%ymm1,%ymm2", "AVX-VNNI"},
		{"vgf2p8mulb %xmm0,%xmm1,%xmm2", "GFNI"}, {"tdpbssd %tmm0,%tmm1,%tmm2", "AMX-INT8"}, {"tileloadd (%rax,%rbx),%tmm0", "AMX-TILE"}, {"tdpbf16ps %tmm0,%tmm1,%tmm2", "AMX-BF16"},
		{"vpcmov %xmm0,%xmm1,%xmm2,%xmm3", "XOP"}, {"blcfill %eax,%ebx", "TBM"},
		{"kmovw %k0,%eax", "AVX-512F"}, {"kmovb %k0,%eax", "AVX-512DQ"}, {"kmovq %k0,%rax", "AVX-512BW"}, {"kmovd %eax,%k1", "AVX-512BW"}, {"kandw %k0,%k1,%k2", "AVX-512F"},
		{"kortestw %k0,%k1", "AVX-512F"}, {"kunpckbw %k0,%k1,%k2", "AVX-512F"},
		{"vaddps %zmm0,%zmm1,%zmm2", "AVX-512F"}, {"vpaddq %zmm0,%zmm1,%zmm2", "AVX-512F"}, {"vmovdqu64 (%rax),%zmm2", "AVX-512F"}, {"vpternlogd $1,%zmm0,%zmm1,%zmm2", "AVX-512F"},
		{"vmovdqu8 (%rax),%zmm2", "AVX-512BW"}, {"vpaddb %zmm0,%zmm1,%zmm2", "AVX-512BW"}, {"vpcmpub $1,%zmm0,%zmm1,%k2", "AVX-512BW"}, {"vpshufb %zmm0,%zmm1,%zmm2", "AVX-512BW"},
		{"vpbroadcastb %eax,%zmm2", "AVX-512BW"}, {"vptestmb %zmm0,%zmm1,%k2", "AVX-512BW"}, {"vpsrlw $1,%zmm0,%zmm1", "AVX-512BW"}, {"vpermw %zmm0,%zmm1,%zmm2", "AVX-512BW"},
		{"vpmullq %zmm0,%zmm1,%zmm2", "AVX-512DQ"}, {"vandpd %zmm0,%zmm1,%zmm2", "AVX-512DQ"}, {"vpmovm2q %k0,%zmm2", "AVX-512DQ"}, {"vrangepd $1,%zmm0,%zmm1,%zmm2", "AVX-512DQ"},
		{"vpconflictd %zmm0,%zmm1", "AVX-512CD"}, {"vplzcntq %zmm0,%zmm1", "AVX-512CD"}, {"vpmadd52luq %zmm0,%zmm1,%zmm2", "AVX-512IFMA"}, {"vpermb %zmm0,%zmm1,%zmm2", "AVX-512VBMI"},
		{"vpcompressb %zmm0,%zmm1", "AVX-512VBMI2"}, {"vpshldd $1,%zmm0,%zmm1,%zmm2", "AVX-512VBMI2"}, {"vpdpbusd %zmm0,%zmm1,%zmm2", "AVX-512VNNI"}, {"vpopcntb %zmm0,%zmm1", "AVX-512BITALG"},
		{"vpopcntq %zmm0,%zmm1", "AVX-512VPOPCNTDQ"}, {"vp2intersectd %zmm0,%zmm1,%k2", "AVX-512VP2INTERSECT"}, {"vcvtneps2bf16 %zmm0,%ymm1", "AVX-512BF16"},
		{"vdpbf16ps %zmm0,%zmm1,%zmm2", "AVX-512BF16"}, {"vaddph %zmm0,%zmm1,%zmm2", "AVX-512FP16"}, {"vfmadd231ph %zmm0,%zmm1,%zmm2", "AVX-512FP16"},
		{"vaesenc %zmm0,%zmm1,%zmm2", "VAES and AVX-512F"}, {"vpclmulqdq $0,%zmm0,%zmm1,%zmm2", "VPCLMULQDQ and AVX-512F"}, {"vgf2p8affineqb $1,%zmm0,%zmm1,%zmm2", "GFNI and AVX-512F"},
	}
	var source strings.Builder
	for i, tt := range tests {
		fmt.Fprintf(&source, "case%d: %s\n", i, tt.asm)
	}
	dir := t.TempDir()
	in, out := filepath.Join(dir, "a.s"), filepath.Join(dir, "a.o")
	if err := os.WriteFile(in, []byte(source.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	if msg, err := exec.Command(as, "-o", out, in).CombinedOutput(); err != nil {
		t.Skipf("this assembler does not know all of the instructions: %v\n%s", err, msg)
	}
	f, err := elf.Open(out)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	text, err := f.Section(".text").Data()
	if err != nil {
		t.Fatal(err)
	}
	symbols, err := f.Symbols()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range symbols {
		var i int
		if n, _ := fmt.Sscanf(s.Name, "case%d", &i); n == 1 {
			if got, _ := featureOf(text[s.Value:]); got != tests[i].want {
				t.Errorf("%s (% x…): got %q, want %q", tests[i].asm, text[s.Value:min(s.Value+7, uint64(len(text)))], got, tests[i].want)
			}
		}
	}
}
