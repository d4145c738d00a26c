package store

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/ClickHouse/ch-go"
	"github.com/ClickHouse/clickhouse-go/v2"
)

// ErrorClass says what to do about an error of the store.
type ErrorClass int

// The classes.
const (
	// Transient errors go away: the same request is sent again, with the same token.
	Transient ErrorClass = iota
	// Permanent errors do not: the same rows will be refused for ever.
	Permanent
)

func (c ErrorClass) String() string {
	if c == Permanent {
		return "permanent"
	}
	return "transient"
}

// ClickHouse error codes that decide a class.
const (
	codeUnknownTable    = 60
	codeUnknownDatabase = 81
	codeUnknownColumn   = 47
	codeTimeout         = 159
)

// permanentCodes are refusals of the rows or the statement itself. 252 is not
// here: it is two different things, told apart by their text. Everything not
// listed is transient: 159 timeout, 202 too many queries, 210 network, 241
// memory, 242 read-only, 243 disk full, 319 unknown status of an insert.
var permanentCodes = map[int32]bool{
	6:   true, // CANNOT_PARSE_TEXT
	7:   true, // INCORRECT_NUMBER_OF_COLUMNS
	8:   true, // THERE_IS_NO_COLUMN
	10:  true, // NOT_FOUND_COLUMN_IN_BLOCK
	15:  true, // DUPLICATE_COLUMN
	16:  true, // NO_SUCH_COLUMN_IN_TABLE
	20:  true, // NUMBER_OF_COLUMNS_DOESNT_MATCH
	27:  true, // CANNOT_PARSE_INPUT_ASSERTION_FAILED
	38:  true, // CANNOT_PARSE_DATE
	41:  true, // CANNOT_PARSE_DATETIME
	43:  true, // ILLEGAL_TYPE_OF_ARGUMENT
	46:  true, // UNKNOWN_FUNCTION
	47:  true, // UNKNOWN_IDENTIFIER
	48:  true, // NOT_IMPLEMENTED
	50:  true, // UNKNOWN_TYPE
	53:  true, // TYPE_MISMATCH
	62:  true, // SYNTAX_ERROR
	69:  true, // ARGUMENT_OUT_OF_BOUND
	70:  true, // CANNOT_CONVERT_TYPE
	72:  true, // CANNOT_PARSE_NUMBER
	115: true, // UNKNOWN_SETTING
	117: true, // INCORRECT_DATA
	131: true, // TOO_LARGE_STRING_SIZE
	190: true, // SIZES_OF_ARRAYS_DONT_MATCH
	307: true, // TOO_MANY_BYTES
	321: true, // VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE
	349: true, // CANNOT_INSERT_NULL_IN_ORDINARY_COLUMN
	396: true, // TOO_MANY_ROWS_OR_BYTES
	407: true, // DECIMAL_OVERFLOW
	469: true, // VIOLATED_CONSTRAINT
}

// Class tells whether the same request can succeed later. An unknown error
// is transient: nothing is lost by sending it again, with the same token.
func Class(err error) ErrorClass {
	var row *RowError
	if errors.As(err, &row) {
		return Permanent
	}
	code := errorCode(err)
	switch {
	case err == nil, code == 0:
		return Transient
	case code == 252 && strings.Contains(err.Error(), "partitions for single INSERT"):
		return Permanent
	case permanentCodes[code]:
		return Permanent
	}
	return Transient
}

// errorCode is ClickHouse's code of an error, 0 where it has none.
func errorCode(err error) int32 {
	var std *clickhouse.Exception
	if errors.As(err, &std) {
		return std.Code
	}
	var native *ch.Exception
	if errors.As(err, &native) {
		return int32(native.Code)
	}
	return 0
}

// reading names what was read in an error. A table or column that is not
// there means that another windage made the tables, or none.
func reading(what string, err error) error {
	switch errorCode(err) {
	case codeUnknownTable, codeUnknownDatabase, codeUnknownColumn:
		return fmt.Errorf("store: %s: the database is not laid out as this windage needs it; `windage schema apply` does that (%w)", what, err)
	}
	return fmt.Errorf("store: %s: %w", what, err)
}

// RowError says which row of a batch the store can never take, and why.
type RowError struct {
	Index  int // in the batch that was given
	Reason string
	Err    error
}

func (e *RowError) Error() string {
	if e.Err != nil {
		return e.Err.Error()
	}
	return e.Reason
}

func (e *RowError) Unwrap() error { return e.Err }

// Bisect inserts rows, and where the store refuses them for good, halves the
// batch until it has found the rows at fault: they are returned, the others
// are stored. A transient error ends it; what was stored before may be sent
// again, since rows replace themselves. The token of a part is that of the
// whole with the part's place, so that a repeated Bisect repeats its tokens.
func Bisect[T any](ctx context.Context, rows []T, token string, insert func(ctx context.Context, rows []T, token string) error) ([]RowError, error) {
	return bisect(ctx, rows, 0, token, insert)
}

func bisect[T any](ctx context.Context, rows []T, from int, token string, insert func(context.Context, []T, string) error) ([]RowError, error) {
	err := insert(ctx, rows, token)
	if err == nil || len(rows) == 0 {
		return nil, err
	}
	if Class(err) == Transient {
		return nil, err
	}
	if len(rows) == 1 {
		reason := "refused"
		var re *RowError
		if errors.As(err, &re) && re.Reason != "" {
			reason = re.Reason
		}
		return []RowError{{Index: from, Reason: reason, Err: err}}, nil
	}
	half := len(rows) / 2
	left, err := bisect(ctx, rows[:half], from, token+"l", insert)
	if err != nil {
		return nil, err
	}
	right, err := bisect(ctx, rows[half:], from+half, token+"r", insert)
	if err != nil {
		return nil, err
	}
	return append(left, right...), nil
}
