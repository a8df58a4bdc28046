// SPDX-License-Identifier: Apache-2.0

// Package image tests what scripts/image has built, without any container runtime. Needs root, to run programs as the image's user.
package image

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"

	"acr-credential-helper/tests/testbed"
)

const (
	sizeLimit = 15_000_000 // bytes, compressed
	user      = 65532
)

func read(t *testing.T) v1.Image {
	t.Helper()
	image, err := testbed.ReadImage(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return image
}

func config(t *testing.T) v1.Config {
	t.Helper()
	file, err := read(t).ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	return file.Config
}

// files calls look for everything in the image.
func files(t *testing.T, look func(header *tar.Header)) {
	t.Helper()
	content := mutate.Extract(read(t))
	defer content.Close()
	for entries := tar.NewReader(content); ; {
		header, err := entries.Next()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		look(header)
	}
}

// unpack the image and return the folder.
func unpack(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	content := mutate.Extract(read(t))
	defer content.Close()
	if err := errors.Join(testbed.Unpack(content, dir), os.Chmod(dir, 0o755), os.Chmod(filepath.Dir(dir), 0o755)); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestItIsSmall(t *testing.T) {
	layers, err := read(t).Layers()
	if err != nil {
		t.Fatal(err)
	}
	var total int64
	for _, layer := range layers {
		size, err := layer.Size()
		if err != nil {
			t.Fatal(err)
		}
		total += size
	}
	t.Logf("%.1f MB compressed in %d layers", float64(total)/1e6, len(layers))
	if total > sizeLimit {
		t.Errorf("%d bytes, the limit is %d", total, sizeLimit)
	}
}

func TestItRunsAsNobodyInParticular(t *testing.T) {
	if found, want := config(t).User, fmt.Sprintf("%d:%d", user, user); found != want {
		t.Errorf("user %q, want %q", found, want)
	}
	if entry := config(t).Entrypoint; len(entry) > 0 {
		t.Errorf("an entry point, %v, would come before the command of the manifests", entry)
	}
}

func TestBothProgramsRunAndAreOfTheVersionOnTheLabel(t *testing.T) {
	root, labels := unpack(t), config(t).Labels
	version := labels["org.opencontainers.image.version"]
	for _, program := range []string{"acr-controller", "acr-webhook"} {
		command := exec.Command("/usr/local/bin/"+program, "--version")
		command.Dir, command.Env = "/", []string{}
		command.SysProcAttr = &syscall.SysProcAttr{Chroot: root, Credential: &syscall.Credential{Uid: user, Gid: user}}
		out, err := command.CombinedOutput()
		if err != nil || strings.TrimSpace(string(out)) != program+" "+version {
			t.Errorf("%s --version: %s (%v); the label says %q", program, out, err, version)
		}
	}
}

func TestItsLabelsSayWhatItIs(t *testing.T) {
	labels := config(t).Labels
	for _, name := range []string{"title", "description", "licenses", "version", "revision"} {
		if labels["org.opencontainers.image."+name] == "" {
			t.Errorf("no label %s in %v", name, labels)
		}
	}
}

func TestNothingInItIsAShellOrChangesAnything(t *testing.T) {
	forbidden := []string{"sh", "bash", "dash", "busybox", "env", "apt", "apt-get", "dpkg", "perl", "python3", "ld.so.preload"}
	files(t, func(header *tar.Header) {
		if slices.Contains(forbidden, filepath.Base(header.Name)) && header.Typeflag != tar.TypeDir {
			t.Errorf("%s is in the image", header.Name)
		}
		mode := header.FileInfo().Mode()
		if header.Typeflag != tar.TypeSymlink && (mode.Perm()&0o022 != 0 || mode&(os.ModeSetuid|os.ModeSetgid) != 0) {
			t.Errorf("%s has mode %s", header.Name, mode)
		}
		if header.Uid != 0 || header.Gid != 0 {
			t.Errorf("%s belongs to %d:%d: the user could change it", header.Name, header.Uid, header.Gid)
		}
	})
}

func TestNoTimeIsInIt(t *testing.T) {
	image, err := read(t).ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	if image.Created.Unix() != 0 {
		t.Errorf("created at %s", image.Created)
	}
	files(t, func(header *tar.Header) {
		if header.ModTime.Unix() != 0 {
			t.Errorf("%s is of %s", header.Name, header.ModTime)
		}
	})
}

func TestEveryLibraryHasAPackageWithALicence(t *testing.T) {
	root := unpack(t)
	packages, err := filepath.Glob(filepath.Join(root, "var/lib/dpkg/status.d/*"))
	if err != nil || len(packages) == 0 {
		t.Fatalf("no packages: %v", err)
	}
	libraries, err := filepath.Glob(filepath.Join(root, "usr/lib/*-linux-gnu/*.so*"))
	if err != nil || len(libraries) == 0 {
		t.Fatalf("no libraries: %v", err)
	}
	licensed := append(packages, "acr-credential-helper")
	for _, name := range licensed {
		if status, err := os.Stat(filepath.Join(root, "usr/share/doc", filepath.Base(name), "copyright")); err != nil || status.Size() == 0 {
			t.Errorf("no licence of %s: %v", filepath.Base(name), err)
		}
	}
	t.Logf("%d packages, %d libraries", len(packages), len(libraries))
}
