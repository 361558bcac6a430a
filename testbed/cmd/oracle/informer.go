package main

import (
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/tools/cache"
)

// object is any of the API's objects.
type object interface {
	runtime.Object
	metav1.Object
}

// memoryInformer is where the scheduler believes it sees a watch: a store that
// tells its handlers of each change before the change returns. So there are no
// threads, no delays, and a scheduler that has seen everything.
type memoryInformer struct {
	cache.SharedIndexInformer // what nobody calls here; nil, so that a call would show
	indexer                   cache.Indexer
	handlers                  []cache.ResourceEventHandler
}

func newMemoryInformer() *memoryInformer {
	return &memoryInformer{indexer: cache.NewIndexer(cache.MetaNamespaceKeyFunc,
		cache.Indexers{cache.NamespaceIndex: cache.MetaNamespaceIndexFunc})}
}

func (i *memoryInformer) add(obj object) error {
	key, err := cache.MetaNamespaceKeyFunc(obj)
	if err != nil {
		return err
	}
	if _, exists, _ := i.indexer.GetByKey(key); exists {
		return fmt.Errorf("%T %s is there twice", obj, key)
	}
	if err := i.indexer.Add(obj); err != nil {
		return err
	}
	for _, handler := range i.handlers {
		handler.OnAdd(obj, true)
	}
	return nil
}

func (i *memoryInformer) update(old, obj object) error {
	if err := i.indexer.Update(obj); err != nil {
		return err
	}
	for _, handler := range i.handlers {
		handler.OnUpdate(old, obj)
	}
	return nil
}

func (i *memoryInformer) remove(obj object) error {
	if err := i.indexer.Delete(obj); err != nil {
		return err
	}
	for _, handler := range i.handlers {
		handler.OnDelete(obj)
	}
	return nil
}

func (i *memoryInformer) get(namespace, name string) (object, bool) {
	found, exists, _ := i.indexer.GetByKey(cache.NewObjectName(namespace, name).String())
	if !exists {
		return nil, false
	}
	return found.(object), true
}

func (i *memoryInformer) AddEventHandler(handler cache.ResourceEventHandler) (cache.ResourceEventHandlerRegistration, error) {
	i.handlers = append(i.handlers, handler)
	return synced{}, nil
}

func (i *memoryInformer) AddIndexers(indexers cache.Indexers) error {
	return i.indexer.AddIndexers(indexers)
}
func (i *memoryInformer) GetIndexer() cache.Indexer           { return i.indexer }
func (i *memoryInformer) GetStore() cache.Store               { return i.indexer }
func (i *memoryInformer) HasSynced() bool                     { return true }
func (i *memoryInformer) HasSyncedChecker() cache.DoneChecker { return synced{} }

// synced says that everything there is has been delivered.
type synced struct{}

var closed = func() chan struct{} { c := make(chan struct{}); close(c); return c }()

func (synced) HasSynced() bool                     { return true }
func (synced) HasSyncedChecker() cache.DoneChecker { return synced{} }
func (synced) Name() string                        { return "memory" }
func (synced) Done() <-chan struct{}               { return closed }
