// SPDX-License-Identifier: Apache-2.0

package testbed

import (
	"archive/tar"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

// IdleImage is an image whose only program waits for a signal. Images with different marks have different digests.
type IdleImage struct{ image v1.Image }

// BuildIdleImage compiles the program; dir receives it.
func BuildIdleImage(ctx context.Context, dir string) (*IdleImage, error) {
	program := filepath.Join(dir, "idle")
	build := exec.CommandContext(ctx, "go", "build", "-ldflags=-s -w", "-o", program, "./testbed/cmd/idle")
	build.Dir, build.Env = ModuleDir(), append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("building the program idle: %w\n%s", err, out)
	}
	text, err := os.ReadFile(program)
	if err != nil {
		return nil, err
	}
	image, err := AppendFile(empty.Image, "idle", 0o755, text)
	if err != nil {
		return nil, err
	}
	// Without them containerd takes the image for one of another platform.
	image, err = mutate.ConfigFile(image, &v1.ConfigFile{
		OS: "linux", Architecture: runtime.GOARCH, Config: v1.Config{Entrypoint: []string{"/idle"}, User: "65532:65532"}, RootFS: must(image.ConfigFile()).RootFS,
	})
	return &IdleImage{image}, err
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err) // of a value in memory
	}
	return value
}

// AppendFile gives an image one more layer, with one file.
func AppendFile(image v1.Image, path string, mode int64, content []byte) (v1.Image, error) {
	var archive bytes.Buffer
	files := tar.NewWriter(&archive)
	if err := files.WriteHeader(&tar.Header{Name: path, Mode: mode, Size: int64(len(content))}); err != nil {
		return nil, err
	}
	if _, err := files.Write(content); err != nil {
		return nil, err
	}
	if err := files.Close(); err != nil {
		return nil, err
	}
	layer, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(archive.Bytes())), nil })
	if err != nil {
		return nil, err
	}
	return mutate.AppendLayers(image, layer)
}

// Marked is the image with a label of its own.
func (i *IdleImage) Marked(mark string) (v1.Image, error) {
	config, err := i.image.ConfigFile()
	if err != nil {
		return nil, err
	}
	config = config.DeepCopy()
	config.Config.Labels = map[string]string{"mark": mark}
	return mutate.ConfigFile(i.image, config)
}

// LoadImage puts an image into the node's store under a name, without any registry. For the kubelet it is a preloaded one.
func (n *Node) LoadImage(ctx context.Context, reference string, image v1.Image) error {
	tag, err := name.NewTag(reference)
	if err != nil {
		return err
	}
	file := filepath.Join(n.dir, "load.tar")
	defer os.Remove(file)
	if err := tarball.WriteToFile(file, tag, image); err != nil {
		return err
	}
	_, err = n.Plane.Run(ctx, "ctr", "--address", n.containerdSocket(), "--namespace", "k8s.io", "images", "import", file)
	return err
}
