package ui

// DefaultKeys returns every action that a key can be given to, with the keys that
// it has by default.
func DefaultKeys() map[string][]string {
	keys := map[string][]string{}
	for _, b := range defaultBindings() {
		keys[string(b.action)] = b.keys
	}
	return keys
}
