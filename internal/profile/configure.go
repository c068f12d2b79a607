package profile

// Configure replaces the settings; what was learnt stays. What nodes there are and what
// they cost is known only once a cluster was read.
func (b *Recommender) Configure(s Settings) { b.settings = s }
