package revocation

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"udap-idp/internal/pki/fetch"
)

// unusedFor is after how long a file is deleted that nobody has written anew.
const unusedFor = 90 * 24 * time.Hour

var errNotOnDisk = errors.New("not on disk")

// disk keeps evidence in the files of a folder, as it came: what is read is verified again. The time of a file is when it
// was fetched. The zero value keeps nothing.
type disk struct{ folder string }

// openDisk makes the folder and deletes what is old in it.
func openDisk(folder string) (disk, error) {
	if folder == "" {
		return disk{}, nil
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return disk{}, fmt.Errorf("folder of revocation evidence: %w", err)
	}
	files, err := os.ReadDir(folder)
	if err != nil {
		return disk{}, fmt.Errorf("folder of revocation evidence: %w", err)
	}
	for _, file := range files {
		info, err := file.Info()
		if err == nil && info.Mode().IsRegular() && isOurs(file.Name()) && time.Since(info.ModTime()) > unusedFor {
			_ = os.Remove(filepath.Join(folder, file.Name())) // the next start tries again
		}
	}
	return disk{folder: folder}, nil
}

func isOurs(name string) bool {
	switch filepath.Ext(name) {
	case "." + string(kindCRL), "." + string(kindOCSP):
		return true
	}
	return strings.HasPrefix(name, partial)
}

const partial = ".partial-"

func (d disk) path(key string, k kind) string { return filepath.Join(d.folder, key+"."+string(k)) }

func (d disk) load(key string, k kind) (raw []byte, fetched time.Time, err error) {
	if d.folder == "" {
		return nil, time.Time{}, errNotOnDisk
	}
	file, err := os.Open(d.path(key, k))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, time.Time{}, errNotOnDisk
	}
	if err != nil {
		return nil, time.Time{}, err
	}
	defer func() { _ = file.Close() }()
	info, err := file.Stat()
	if err != nil {
		return nil, time.Time{}, err
	}
	raw, err = io.ReadAll(io.LimitReader(file, fetch.MaxCRL))
	if err != nil {
		return nil, time.Time{}, err
	}
	fetched = info.ModTime()
	if clock := time.Now(); fetched.After(clock) {
		fetched = clock
	}
	return raw, fetched, nil
}

// save replaces the file at once: whoever reads sees the old or the new one whole.
func (d disk) save(key string, k kind, raw []byte) (err error) {
	if d.folder == "" {
		return nil
	}
	file, err := os.CreateTemp(d.folder, partial)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(file.Name())
		}
	}()
	if _, err = file.Write(raw); err != nil {
		_ = file.Close()
		return err
	}
	if err = file.Close(); err != nil {
		return err
	}
	return os.Rename(file.Name(), d.path(key, k))
}
