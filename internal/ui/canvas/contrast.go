package canvas

import (
	"image/color"
	"math"
)

// luminance is the relative luminance of a colour, 0 to 1.
// Source: WCAG 2.2, "relative luminance".
func luminance(c color.Color) float64 {
	r, g, b, _ := c.RGBA()
	linear := func(v uint32) float64 {
		x := float64(v) / 0xffff
		if x <= 0.04045 {
			return x / 12.92
		}
		return math.Pow((x+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(r) + 0.7152*linear(g) + 0.0722*linear(b)
}

// contrastRatio is the contrast ratio of two colours, 1 to 21. WCAG AA asks for 4.5
// for text. Source: WCAG 2.2, "contrast ratio".
func contrastRatio(a, b color.Color) float64 {
	la, lb := luminance(a), luminance(b)
	return (max(la, lb) + 0.05) / (min(la, lb) + 0.05)
}
