package world

import "math"

// key names one random decision: the seed and everything it is about, mixed.
type key uint64

// mix is the output function of SplitMix64 (Steele, Lea, Flood: Fast Splittable
// Pseudorandom Number Generators, OOPSLA 2014): a bijection in which each input
// bit changes every output bit with probability near one half.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9
	x = (x ^ (x >> 27)) * 0x94d049bb133111eb
	return x ^ (x >> 31)
}

// with derives the key of a part or an aspect of what k names.
func (k key) with(part uint64) key { return key(mix(uint64(k) ^ mix(part))) }

// named derives a key by name (FNV-1a, then mixed).
func (k key) named(name string) key {
	h := uint64(14695981039346656037)
	for i := range len(name) {
		h = (h ^ uint64(name[i])) * 1099511628211
	}
	return k.with(h)
}

// uniform is a number in the open interval (0, 1).
func (k key) uniform() float64 { return (float64(uint64(k)>>11) + 0.5) / (1 << 53) }

// between is a number in (low, high).
func (k key) between(low, high float64) float64 { return low + (high-low)*k.uniform() }

// chance is true with probability p.
func (k key) chance(p float64) bool { return k.uniform() < p }

// normal is a standard normal number: Acklam's rational approximation of the
// inverse distribution function, relative error below 1.15e-9.
func (k key) normal() float64 {
	p := k.uniform()
	const low = 0.02425
	switch {
	case p < low:
		q := math.Sqrt(-2 * math.Log(p))
		return acklamTail(q)
	case p > 1-low:
		q := math.Sqrt(-2 * math.Log(1-p))
		return -acklamTail(q)
	}
	q := p - 0.5
	r := q * q
	return (((((-3.969683028665376e+01*r+2.209460984245205e+02)*r-2.759285104469687e+02)*r+
		1.383577518672690e+02)*r-3.066479806614716e+01)*r + 2.506628277459239e+00) * q /
		(((((-5.447609879822406e+01*r+1.615858368580409e+02)*r-1.556989798598866e+02)*r+
			6.680131188771972e+01)*r-1.328068155288572e+01)*r + 1)
}

func acklamTail(q float64) float64 {
	return (((((-7.784894002430293e-03*q-3.223964580411365e-01)*q-2.400758277161838e+00)*q-
		2.549732539343734e+00)*q+4.374664141464968e+00)*q + 2.938163982698783e+00) /
		((((7.784695709041462e-03*q+3.224671290700398e-01)*q+2.445134137142996e+00)*q+
			3.754408661907416e+00)*q + 1)
}

// poisson is a Poisson number of the given mean, by inversion; where inversion
// would take long it is the normal approximation, within 1 % of the mean there.
func (k key) poisson(mean float64) int {
	if mean <= 0 {
		return 0
	}
	if mean > 60 {
		return max(0, int(math.Round(mean+math.Sqrt(mean)*k.normal())))
	}
	u, n := k.uniform(), 0
	p := math.Exp(-mean)
	for sum := p; u > sum && n < 400; sum += p {
		n++
		p *= mean / float64(n)
	}
	return n
}

// token spells a key in the alphabet that Kubernetes makes names of
// (apimachinery, util/rand: no vowels, nothing that looks like another letter).
func (k key) token(n int) string {
	const alphabet = "bcdfghjklmnpqrstvwxz2456789"
	b := make([]byte, n)
	x := uint64(k)
	for i := range b {
		b[i] = alphabet[x%uint64(len(alphabet))]
		x /= uint64(len(alphabet))
	}
	return string(b)
}

// uid spells a key as a version 4 UUID, which is what object UIDs are.
func (k key) uid() string {
	const hex = "0123456789abcdef"
	words := [2]uint64{mix(uint64(k)), mix(uint64(k) + 1)}
	var b [36]byte
	n := 0
	for i := range b {
		switch i {
		case 8, 13, 18, 23:
			b[i] = '-'
			continue
		}
		b[i] = hex[words[n/16]>>(4*(n%16))&15]
		n++
	}
	b[14] = '4'
	b[19] = hex[8+words[1]&3]
	return string(b[:])
}

// digest spells a key as an OCI image digest.
func (k key) digest() string {
	const hex = "0123456789abcdef"
	var b [64]byte
	for i := range b {
		b[i] = hex[k.with(uint64(i))&15]
	}
	return "sha256:" + string(b[:])
}
