# make test is what CI runs: everything that must hold before a change is good.

GO       ?= go
# The whole suite, races included, must end inside this time on two cores.
TIMEOUT  ?= 15m

.PHONY: build test quick vet race bench bench-import bench-admin fuzz tools screenshots clean

build:
	$(GO) build -o bin/udap-idp ./cmd/udap-idp

test: tools vet race

# Chromium and PostgreSQL are used for real; on a Debian machine they are installed where they are missing.
tools:
	scripts/tools

vet:
	test -z "$$(gofmt -l .)" || { gofmt -l .; echo "gofmt: the files above are not formatted"; exit 1; }
	$(GO) mod verify
	$(GO) mod tidy -diff
	$(GO) build ./...
	$(GO) vet ./...
	$(GO) tool staticcheck ./...

# Races of ours are looked for, and of every library. SQLite itself is C that was translated to Go, locks and all: to watch each of its
# reads and writes takes ten times as long as everything else, and says nothing about us.
RACE = -race -gcflags=modernc.org/sqlite/lib=-race=false

race:
	REQUIRE_TOOLS=1 $(GO) test $(RACE) -timeout $(TIMEOUT) ./...

# For the minutes between two edits: no races, no browser.
quick:
	$(GO) test -short ./...

# Speed, as ratios within one run.
bench:
	$(GO) test -run '^$$' -bench . -benchtime 5s ./e2e ./internal/sqlstore

# An import of a million people: rows per second, and peak memory. It takes a quarter of an hour or more, and some 10 GB.
bench-import:
	$(GO) test -run '^$$' -bench BenchmarkImport -benchtime 1x -timeout 3h ./e2e -args -import-rows 1000000

# The administrators' pages at ten thousand and at a million people, 10,000 data holders and 5,000,000 events, on SQLite and on PostgreSQL:
# the median and 95 of 100, and how many times slower the large one is. It takes the better part of an hour, and some 20 GB.
bench-admin:
	$(GO) test -run '^$$' -bench BenchmarkAdmin -benchtime 1x -timeout 3h ./e2e -args -admin-persons 1000000

# Each parser of outside bytes, half a minute.
fuzz:
	scripts/fuzz 30s

# Pictures of every page of the running product, into a folder; with DOCS=docs also those that stand in docs/.
SCREENSHOTS ?= $(CURDIR)/bin/screenshots
screenshots: tools
	SCREENSHOTS=$(abspath $(SCREENSHOTS)) DOCS=$(if $(DOCS),$(abspath $(DOCS))) REQUIRE_TOOLS=1 $(GO) test -count=1 -run 'TestScreenshots|TestDocsPictures|TestAdministeringPictures' ./e2e
	@echo "the pictures are in $(SCREENSHOTS)"

clean:
	rm -rf bin
