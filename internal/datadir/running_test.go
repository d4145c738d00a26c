package datadir

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestOTLPEndpoint(t *testing.T) {
	for content, want := range map[string][2]string{
		`{"otlp_http":"127.0.0.1:38619","otlp_grpc":"127.0.0.1:4317"}`: {"http://127.0.0.1:38619", "http/protobuf"},
		`{"otlp_grpc":"127.0.0.1:41"}`:                                 {"http://127.0.0.1:41", "grpc"},
		`{"otlp_http":"0.0.0.0:4318"}`:                                 {"http://127.0.0.1:4318", "http/protobuf"},
		`{"otlp_http":"[::]:4318"}`:                                    {"http://127.0.0.1:4318", "http/protobuf"},
		`{"otlp_http":"[::1]:4318"}`:                                   {"http://[::1]:4318", "http/protobuf"},
		`{"signals":"127.0.0.1:1"}`:                                    {},
		`{`:                                                            {},
	} {
		dir := t.TempDir()
		require.NoError(t, os.WriteFile(filepath.Join(dir, RunFile), []byte(content), 0o600))
		url, protocol := OTLPEndpoint(dir)
		require.Equal(t, want, [2]string{url, protocol}, content)
	}
	url, protocol := OTLPEndpoint(t.TempDir())
	require.Empty(t, url+protocol)
}
