//go:build unix

package e2e

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

var importRows = flag.Int("import-rows", 20_000, "how many patients BenchmarkImport imports")

// maxImportMemory is what an import may take at its peak, however many rows the file has.
const maxImportMemory = 200 << 20

// BenchmarkImport imports generated patients with the real command on SQLite, and reports the rows per second and the peak memory of
// its process (the maximum resident set, as the kernel counts it). One in fifty is a double of a row before, one in two hundred
// is wrong. A million: go test ./e2e -run '^$' -bench BenchmarkImport -benchtime 1x -import-rows 1000000 -timeout 2h
func BenchmarkImport(b *testing.B) {
	for range b.N {
		dir := b.TempDir()
		file := filepath.Join(dir, "patients.csv")
		doubles, wrong := generatePatients(b, file, *importRows)
		cmd := exec.Command(binary(b), "user", "import", file, "--data-dir", filepath.Join(dir, "data"),
			"--report", filepath.Join(dir, "report.csv"), "--json")
		cmd.Stderr = os.Stderr
		began := time.Now()
		out, err := cmd.Output()
		took := time.Since(began)
		if code := cmd.ProcessState.ExitCode(); err != nil && code != 3 { // 3: some rows are wrong
			b.Fatalf("exit code %d: %v", code, err)
		}
		var result struct{ Rows, Added, Duplicates, Wrong int }
		if err := json.Unmarshal(out, &result); err != nil {
			b.Fatal(err)
		}
		if result.Rows != *importRows || result.Wrong != wrong || result.Duplicates < doubles*95/100 || result.Duplicates > doubles*105/100 {
			b.Errorf("%+v, want %d rows, %d wrong, and %d doubles, give or take namesakes", result, *importRows, wrong, doubles)
		}
		usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
		if !ok {
			b.Fatal("the system does not tell the memory of a process")
		}
		peak := usage.Maxrss << 10 // Linux counts in KiB
		b.ReportMetric(float64(result.Rows)/took.Seconds(), "rows/s")
		b.ReportMetric(float64(peak)/(1<<20), "peak-MiB")
		if peak > maxImportMemory {
			b.Errorf("the import took %d MiB, want at most %d", peak>>20, maxImportMemory>>20)
		}
	}
}

// generatePatients writes a table of invented people, always the same, and returns how many are doubles and how many are wrong.
func generatePatients(b *testing.B, path string, rows int) (doubles, wrong int) {
	b.Helper()
	f, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	w := bufio.NewWriter(f)
	fmt.Fprintln(w, "given_name,middle_name,family_name,birthdate,sex,email,phone,street,city,state,postal_code")
	g := rand.New(rand.NewPCG(20261127, 1))
	name := func(syllables int) string {
		text := ""
		for range syllables {
			text += []string{"ma", "ri", "lo", "ga", "ten", "sha", "ko", "vi", "del", "ra", "ni", "to", "bel", "san", "ju", "pe"}[g.IntN(16)]
		}
		return string(text[0]-'a'+'A') + text[1:]
	}
	var recent []string
	for n := range rows {
		born := time.Date(1930, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, g.IntN(33_000))
		given, family := name(2+g.IntN(2)), name(2+g.IntN(3))
		line := fmt.Sprintf("%s,%s,%s,%s,%s,%s.%s.%d@example.org,+1617%07d,%d %s Street,Boston,MA,%05d", given, name(1), family, born.Format(time.DateOnly),
			[]string{"female", "male", ""}[g.IntN(3)], given, family, n, 2_000_000+g.IntN(7_999_999), 1+g.IntN(999), name(3), 2101+g.IntN(400))
		switch {
		case n%50 == 49:
			doubles++
			line = recent[g.IntN(len(recent))]
		case n%200 == 100:
			wrong++
			line = fmt.Sprintf("%s,,%s,1984-02-30,,x,,,,,", given, family)
		default:
			if recent = append(recent, line); len(recent) > 5000 { // the double may be in its batch, or long before
				recent = recent[1:]
			}
		}
		fmt.Fprintln(w, line)
	}
	if err := w.Flush(); err != nil {
		b.Fatal(err)
	}
	return doubles, wrong
}
