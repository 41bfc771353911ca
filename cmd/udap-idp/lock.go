package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// errLocked: another process holds the lock.
var errLocked = errors.New("locked")

// lockDataDir keeps a second server off the data folder. The operating system lets go of the lock when the process ends,
// however it ends, so a file that is left behind means nothing.
func lockDataDir(dir string) (unlock func(), err error) {
	name := filepath.Join(dir, "server.lock")
	file, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("the data folder %s cannot be used: %w. Choose another with --data-dir", dir, err)
	}
	if err := lockFile(file); err != nil {
		file.Close()
		if errors.Is(err, errLocked) {
			return nil, fmt.Errorf("the data folder %s is in use by another server. Stop that one, or choose another folder with --data-dir", dir)
		}
		return nil, fmt.Errorf("lock %s: %w", name, err)
	}
	return func() { file.Close() }, nil
}
