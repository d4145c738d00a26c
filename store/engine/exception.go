package engine

import "fmt"

// ClickHouse error codes that the server itself raises.
const (
	codeUnexpectedPacket = 101 // UNEXPECTED_PACKET_FROM_CLIENT
	codeSyntax           = 62  // SYNTAX_ERROR
	codeNotImplemented   = 48  // NOT_IMPLEMENTED
	codeUnknownDatabase  = 81  // UNKNOWN_DATABASE
	codeTooLarge         = 307 // TOO_MANY_BYTES
	codeQueryTooLarge    = 453 // for the size of a packet: LIMIT_EXCEEDED
	codeCancelled        = 394 // QUERY_WAS_CANCELLED
	codeAuth             = 516 // AUTHENTICATION_FAILED
	codeUnknown          = 1002
)

// Exception is a ClickHouse error: its code and its text, unchanged.
type Exception struct {
	Code    int32
	Message string
}

// Error spells the exception as ClickHouse's own clients do.
func (e *Exception) Error() string {
	return fmt.Sprintf("Code: %d. DB::Exception: %s", e.Code, e.Message)
}
