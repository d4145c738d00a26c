package demo

import _ "embed"

// Spec is the windage.yaml that the demo runs with.
//
//go:embed windage.yaml
var Spec []byte
