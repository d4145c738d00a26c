package model

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestUnknownIsNotZero(t *testing.T) {
	type row struct {
		Total  Int  `json:"total"`
		Subset Int  `json:"subset,omitzero"`
		Stream Bool `json:"stream,omitzero"`
	}
	for _, tt := range []struct {
		name string
		row  row
		want string
	}{
		{"nothing known", row{}, `{"total":null}`},
		{"known zeros", row{Total: Some(0), Subset: Some(0), Stream: False}, `{"total":0,"subset":0,"stream":false}`},
		{"known", row{Total: Some(7), Stream: True}, `{"total":7,"stream":true}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b, err := json.Marshal(tt.row)
			require.NoError(t, err)
			require.JSONEq(t, tt.want, string(b))
			var back row
			require.NoError(t, json.Unmarshal(b, &back))
			require.Equal(t, tt.row, back)
		})
	}
}

func TestIDsRoundTrip(t *testing.T) {
	id, err := ParseTraceID("0102030405060708090a0b0c0d0e0f10")
	require.NoError(t, err)
	require.Equal(t, "0102030405060708090a0b0c0d0e0f10", id.String())
	_, err = ParseTraceID("0102")
	require.ErrorContains(t, err, "want 32 hex digits")
	_, err = ParseSpanID("zz02030405060708")
	require.ErrorContains(t, err, "want 16 hex digits")
	absent, err := ParseSpanID("")
	require.NoError(t, err)
	require.True(t, absent.IsZero())
	require.Empty(t, absent.String())
}
