// SPDX-License-Identifier: Apache-2.0

package world

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"

	eventsv1 "k8s.io/api/events/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/tools/cache"
)

func (w *World) eventFile() string { return filepath.Join(w.LogDir(), "events.jsonl") }

// recordEvents appends every Event of the cluster to a file, since Events vanish together with their namespace.
func (w *World) recordEvents(ctx context.Context) {
	file, err := os.OpenFile(w.eventFile(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		panic(err) // the same folder has just received the logs of the control plane
	}
	defer file.Close()
	record := func(object any) {
		text, err := json.Marshal(object)
		if err != nil {
			panic(err)
		}
		if _, err := file.Write(append(text, '\n')); err != nil {
			panic(err)
		}
	}
	factory := informers.NewSharedInformerFactory(w.Client(), 0)
	_, err = factory.Events().V1().Events().Informer().AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    record,
		UpdateFunc: func(_, object any) { record(object) },
	})
	if err != nil {
		panic(err)
	}
	factory.Start(ctx.Done())
	<-ctx.Done()
	factory.Shutdown()
}

// Events with a reason that exist now, in all namespaces.
func (w *World) Events(ctx context.Context, reason string) ([]eventsv1.Event, error) {
	all, err := w.Client().EventsV1().Events(metav1.NamespaceAll).List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil, err
	}
	var found []eventsv1.Event
	for _, event := range all.Items {
		if event.Reason == reason {
			found = append(found, event)
		}
	}
	return found, nil
}
