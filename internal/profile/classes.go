package profile

type place struct{}
