package karpenter.kube.decode;

import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;

/** Keeps one object of each set of equal ones for as long as somebody uses it. Any thread. */
final class Interner<T> {
    private final ConcurrentMap<Entry<T>, Entry<T>> entries = new ConcurrentHashMap<>();
    private final ReferenceQueue<T> unused = new ReferenceQueue<>();

    /** The first of the living objects that equal this one. */
    T intern(T value) {
        forgetUnused();
        Entry<T> mine = new Entry<>(value, unused);
        while (true) {
            Entry<T> kept = entries.putIfAbsent(mine, mine);
            if (kept == null) {
                return value;
            }
            T first = kept.get();
            if (first != null) {
                return first;
            }
            entries.remove(kept, kept);
        }
    }

    int size() {
        forgetUnused();
        return entries.size();
    }

    private void forgetUnused() {
        for (Reference<? extends T> entry = unused.poll(); entry != null; entry = unused.poll()) {
            entries.remove(entry);
        }
    }

    /** Equal by referent while that lives, later only to itself, so that it can still be found and removed. */
    private static final class Entry<T> extends WeakReference<T> {
        private final int hash;

        Entry(T value, ReferenceQueue<T> queue) {
            super(value, queue);
            this.hash = value.hashCode();
        }

        @Override
        public int hashCode() {
            return hash;
        }

        @Override
        @SuppressWarnings("ReferenceEquality") // identity first: a cleared entry equals nothing else
        public boolean equals(@Nullable Object object) {
            if (this == object) {
                return true;
            }
            if (!(object instanceof Entry<?> other) || hash != other.hash) {
                return false;
            }
            T value = get();
            return value != null && value.equals(other.get());
        }
    }
}
