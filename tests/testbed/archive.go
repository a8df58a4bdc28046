// SPDX-License-Identifier: Apache-2.0

package testbed

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
)

// ImageFile is the product's image as an OCI archive: what scripts/image has written, or $ACR_IMAGE.
func ImageFile() string {
	if file := os.Getenv("ACR_IMAGE"); file != "" {
		return file
	}
	return filepath.Join(ModuleDir(), "..", "build", "image", runtime.GOARCH+".tar")
}

// ReadImage reads the product's image; dir receives its blobs, from which the image is read when it is used.
func ReadImage(dir string) (v1.Image, error) {
	archive, err := os.Open(ImageFile())
	if err != nil {
		return nil, fmt.Errorf("no image (scripts/image builds it): %w", err)
	}
	defer archive.Close()
	if err := Unpack(archive, dir); err != nil {
		return nil, err
	}
	index, err := layout.ImageIndexFromPath(dir)
	if err != nil {
		return nil, err
	}
	manifest, err := index.IndexManifest()
	if err != nil {
		return nil, err
	}
	if len(manifest.Manifests) != 1 {
		return nil, fmt.Errorf("%s holds %d images", archive.Name(), len(manifest.Manifests))
	}
	return index.Image(manifest.Manifests[0].Digest)
}

// Unpack writes the folders, files and symbolic links of a tar archive into dir.
func Unpack(archive io.Reader, dir string) error {
	for entries := tar.NewReader(archive); ; {
		header, err := entries.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = unpackEntry(header, entries, filepath.Join(dir, filepath.Clean("/"+header.Name)))
		}
		if err != nil {
			return err
		}
	}
}

func unpackEntry(header *tar.Header, content io.Reader, path string) error {
	switch header.Typeflag {
	case tar.TypeDir:
		return os.MkdirAll(path, 0o755)
	case tar.TypeSymlink:
		return os.Symlink(header.Linkname, path)
	case tar.TypeReg:
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		file, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, header.FileInfo().Mode().Perm())
		if err != nil {
			return err
		}
		_, err = io.Copy(file, content)
		return errors.Join(err, file.Close())
	default:
		return fmt.Errorf("%s in a tar archive: neither file, folder nor link", header.Name)
	}
}
