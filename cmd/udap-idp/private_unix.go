//go:build unix

package main

import "syscall"

// makeFilesPrivate takes group and others off every file that this process makes: the database, its journal, the key.
func makeFilesPrivate() { syscall.Umask(0o077) }
