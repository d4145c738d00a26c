// Package datadir says where Windage keeps its data when nobody said so.
package datadir

import (
	"os"
	"path/filepath"
)

// Env is the variable that names the folder.
const Env = "WINDAGE_DATA_DIR"

// Default is $WINDAGE_DATA_DIR, else windage in the user's data folder
// ($XDG_DATA_HOME, else ~/.local/share), else windage-data in the working
// folder where there is no home.
func Default() string {
	if d := os.Getenv(Env); d != "" {
		return d
	}
	if d := os.Getenv("XDG_DATA_HOME"); filepath.IsAbs(d) {
		return filepath.Join(d, "windage")
	}
	if home, err := os.UserHomeDir(); err == nil {
		return filepath.Join(home, ".local", "share", "windage")
	}
	return "windage-data"
}
