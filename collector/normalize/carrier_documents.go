package normalize

import (
	"strconv"
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/windage-dev/windage/model"
)

// The documents of a retrieval.

// maxDocuments bounds how many documents of one retrieval are kept.
const maxDocuments = 200

func (rd *reading) document(i int) *model.Document {
	if i < 0 || i >= maxDocuments {
		return nil
	}
	for len(rd.row.Documents) <= i {
		rd.row.Documents = append(rd.row.Documents, model.Document{})
	}
	return &rd.row.Documents[i]
}

// readDocumentFlat reads retrieval.documents.N.document.{id,score}.
func readDocumentFlat(rd *reading, key string, v pcommon.Value) {
	i, rest := flatIndex(key)
	d := rd.document(i)
	if d == nil {
		return
	}
	switch {
	case strings.HasSuffix(rest, "document.id"):
		d.ID = asText(v)
	case strings.HasSuffix(rest, "document.score"):
		d.Score, d.Scored = asFloat(v)
	case strings.HasSuffix(rest, "document.metadata") && d.ID == "":
		d.ID = clip(text(firstOf(get(str(v), "id"), get(str(v), "source"), get(str(v), "src"))))
	}
}

// readDocuments reads a JSON list of documents in any of the usual shapes.
func readDocuments(rd *reading, _ string, v pcommon.Value) {
	if len(rd.row.Documents) > 0 {
		return
	}
	i := 0
	for e := range elements(str(v)) {
		e = text(e)
		if inner := get(e, "document"); strings.HasPrefix(inner, "{") {
			e = inner
		}
		d := rd.document(i)
		if d == nil {
			return
		}
		i++
		d.ID = clip(text(firstOf(get(e, "id"), get(e, "document_id"), get(e, "metadata", "id"))))
		for _, k := range [...]string{"score", "relevanceScore", "relevance_score", "similarity"} {
			if f, ok := number(firstOf(get(e, k), get(e, "metadata", k))); ok {
				d.Score, d.Scored = f, true
				break
			}
		}
	}
}

// flatIndex finds the first number segment of a flattened key.
func flatIndex(key string) (int, string) {
	for rest := key; ; {
		seg, more, ok := strings.Cut(rest, ".")
		if n, err := strconv.Atoi(seg); err == nil {
			return n, more
		}
		if !ok {
			return -1, ""
		}
		rest = more
	}
}
