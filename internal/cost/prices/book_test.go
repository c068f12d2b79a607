package prices

import "testing"

func BenchmarkDefault(b *testing.B) {
	for b.Loop() {
		bk := newBook()
		es, _ := embedded.ReadDir("book")
		for _, e := range es {
			d, _ := embedded.ReadFile("book/" + e.Name())
			if err := bk.read(e.Name(), d, nil); err != nil {
				b.Fatal(err)
			}
		}
	}
}
