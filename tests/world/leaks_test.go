// SPDX-License-Identifier: Apache-2.0

package world

import (
	"slices"
	"testing"
)

func TestSecretSearchFindsEverySecretWhereItBegins(t *testing.T) {
	search := newSecretSearch([]string{"password-one", "password-two", "short", "tailtail"})

	found := search.find([]byte("x password-two, password-on, passwordpassword-one short tailtail"))

	if want := []int{2, 37, 56}; !slices.Equal(found, want) {
		t.Fatalf("found secrets at %v, want %v", found, want)
	}
}
