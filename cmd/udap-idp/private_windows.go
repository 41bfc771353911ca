package main

// makeFilesPrivate has nothing to do: files inherit the access list of their folder.
func makeFilesPrivate() {}
