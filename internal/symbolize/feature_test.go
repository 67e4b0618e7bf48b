package symbolize

import "testing"

func TestFeatureOf(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		asm  string
		code []byte
		want string
	}{
		{"sha256msg1 %xmm0,%xmm0", []byte{0x0f, 0x38, 0xcc, 0xc0}, "SHA-NI"},
		{"vpxord %zmm0,%zmm0,%zmm0", []byte{0x62, 0xf1, 0x7d, 0x48, 0xef, 0xc0}, "AVX-512F"},
		{"vaddps %ymm0,%ymm1,%ymm2", []byte{0xc5, 0xf4, 0x58, 0xd0}, "AVX"},
		{"vpaddd %ymm0,%ymm1,%ymm2", []byte{0xc5, 0xf5, 0xfe, 0xd0}, "AVX2"},
		{"vpaddd %xmm0,%xmm1,%xmm2", []byte{0xc5, 0xf1, 0xfe, 0xd0}, "AVX"},
		{"mov %rax,%rbx", []byte{0x48, 0x89, 0xc3}, ""},
		{"pop (%rax)", []byte{0x8f, 0x00}, ""},
		{"nothing", nil, ""},
	} {
		if got, _ := featureOf(tt.code); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.asm, got, tt.want)
		}
	}
}
