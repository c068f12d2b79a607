package cost

// smallMap is a map with few keys that is mostly asked for the same key again: places and
// kinds of hosts of consecutive buckets. Comparing a Host is several times cheaper than
// hashing it.
type smallMap[K comparable, V any] struct {
	keys   []K
	values []V
	index  map[K]int // once there are more than linear keys
	last   int
}

// linear is how many keys are compared one by one.
const linear = 8

// at returns the value of a key, a new zero one where there is none. The pointer
// holds until the next call.
func (f *smallMap[K, V]) at(k *K) (v *V, added bool) {
	if f.last < len(f.keys) && f.keys[f.last] == *k {
		return &f.values[f.last], false
	}
	return f.find(k)
}

func (f *smallMap[K, V]) find(k *K) (v *V, added bool) {
	if f.index != nil {
		if i, ok := f.index[*k]; ok {
			f.last = i
			return &f.values[i], false
		}
	} else {
		for i := range f.keys {
			if f.keys[i] == *k {
				f.last = i
				return &f.values[i], false
			}
		}
	}
	var zero V
	f.last = len(f.keys)
	f.keys, f.values = append(f.keys, *k), append(f.values, zero)
	switch {
	case f.index != nil:
		f.index[*k] = f.last
	case len(f.keys) > linear:
		f.index = make(map[K]int, 2*len(f.keys))
		for i := range f.keys {
			f.index[f.keys[i]] = i
		}
	}
	return &f.values[f.last], true
}
