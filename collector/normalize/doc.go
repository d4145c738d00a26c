// Package normalize turns spans and log records of any AI dialect into
// canonical rows (model.Span): recognition, attribute mapping, token algebra,
// kinds, carriers other than span attributes, and the privacy of content.
//
// A dialect is data: dialects/<name>/dialect.yaml says how it is recognised,
// which attribute holds which canonical field, and what its token counts
// mean; the few things that are not data are small functions named there
// (carriers.go lists them, carrier_*.go hold them). Adding a dialect is a folder and a golden file.
//
// What does not belong here: how rows are spelt on the wire after this step
// (package canonical), which rows count (cost/count), prices, storage, the
// collector's component glue.
package normalize
