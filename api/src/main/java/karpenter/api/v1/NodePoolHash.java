package karpenter.api.v1;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import karpenter.api.GoDuration;
import karpenter.api.Taint;
import org.jspecify.annotations.Nullable;

/**
 * The fingerprint of a pool's template that its claims carry, so that a change of the template shows as drift.
 *
 * <p>Problem: the value is stored on objects that Karpenter in Go wrote. If ours differed in one bit, taking over a cluster
 * would replace each of its nodes.
 *
 * <p>Method: FNV-1 with 64 bits over a walk of the template: a map and a struct are the XOR of the hashes of their entries,
 * a list the XOR of its elements, absent values are left out, requirements do not count.
 *
 * <p>Sources: format V2 of the Go library mitchellh/hashstructure with its options SlicesAsSets, IgnoreZeroValue and
 * ZeroNil; names and order of fields are those of the Go types.
 */
public final class NodePoolHash {
    /** Goes beside each hash; hashes of different versions are not comparable. */
    public static final String VERSION = "v3";

    private static final long FNV_OFFSET = 0xcbf29ce484222325L;
    private static final long FNV_PRIME = 0x100000001b3L;

    /** Seconds between the year 1, where Go's binary form of a time starts, and 1970. */
    private static final long YEAR_ONE_TO_EPOCH = 62_135_596_800L;

    private NodePoolHash() {}

    /** The hash of the pool's template as an unsigned decimal number. */
    public static String of(NodePool pool) {
        return of(pool.spec().template());
    }

    /** The hash of the template as an unsigned decimal number. */
    public static String of(NodePool.Template template) {
        NodePool.TemplateMetadata metadata = template.metadata();
        Long metadataHash = metadata.labels() == null && metadata.annotations() == null
                ? null
                : new Struct("ObjectMeta")
                        .field("Labels", map(metadata.labels()))
                        .field("Annotations", map(metadata.annotations()))
                        .hash();
        return Long.toUnsignedString(new Struct("NodeClaimTemplate")
                .field("ObjectMeta", metadataHash)
                .field("Spec", spec(template.spec()))
                .hash());
    }

    private static long spec(NodePool.TemplateSpec spec) {
        String gracePeriod = spec.terminationGracePeriod();
        Duration expireAfter = spec.expireAfter().duration();
        return new Struct("NodeClaimTemplateSpec")
                .field("Taints", taints(spec.taints()))
                .field("StartupTaints", taints(spec.startupTaints()))
                .field("NodeClassRef", reference(spec.nodeClassRef()))
                .field(
                        "TerminationGracePeriod",
                        gracePeriod == null ? null : duration("Duration", GoDuration.parse(gracePeriod), false))
                .field("ExpireAfter", expireAfter == null ? null : duration("NillableDuration", expireAfter, true))
                .hash();
    }

    private static long reference(NodeClassReference reference) {
        return new Struct("NodeClassReference")
                .field("Kind", text(reference.kind()))
                .field("Name", text(reference.name()))
                .field("Group", text(reference.group()))
                .hash();
    }

    /** @param pointer whether the number is behind a pointer, so that 0 is a value like any other */
    private static long duration(String type, Duration duration, boolean pointer) {
        long nanos = duration.toNanos();
        return new Struct(type)
                .field("Duration", nanos == 0 && !pointer ? null : fnv(littleEndian(nanos)))
                .hash();
    }

    private static @Nullable Long taints(List<Taint> taints) {
        if (taints.isEmpty() && !NodePool.TemplateSpec.isWrittenEmpty(taints)) {
            return null;
        }
        long hash = 0;
        for (Taint taint : taints) {
            Instant added = taint.timeAdded();
            hash ^= new Struct("Taint")
                    .field("Key", text(taint.key()))
                    .field("Value", text(taint.value()))
                    .field("Effect", text(taint.effect()))
                    .field(
                            "TimeAdded",
                            added == null
                                    ? null
                                    : new Struct("Time")
                                            .field("Time", time(added))
                                            .hash())
                    .hash();
        }
        return hash;
    }

    /** Go's binary form of a time in whole seconds in a zone that is not UTC but has its offset, as the API client reads it. */
    private static long time(Instant time) {
        return fnv(ByteBuffer.allocate(15)
                .put((byte) 1)
                .putLong(time.getEpochSecond() + YEAR_ONE_TO_EPOCH)
                .putInt(0)
                .putShort((short) 0)
                .array());
    }

    private static @Nullable Long map(@Nullable Map<String, String> map) {
        if (map == null) {
            return null;
        }
        long hash = 0;
        for (Map.Entry<String, String> entry : map.entrySet()) {
            hash ^= ordered(
                    fnv(entry.getKey().getBytes(UTF_8)), fnv(entry.getValue().getBytes(UTF_8)));
        }
        return finish(hash);
    }

    /** Null for the empty text, which Go cannot tell from an absent one. */
    private static @Nullable Long text(String text) {
        return text.isEmpty() ? null : fnv(text.getBytes(UTF_8));
    }

    private static long ordered(long first, long second) {
        return fnv(ByteBuffer.allocate(16)
                .put(littleEndian(first))
                .put(littleEndian(second))
                .array());
    }

    private static long finish(long hash) {
        return fnv(littleEndian(hash));
    }

    private static byte[] littleEndian(long value) {
        return ByteBuffer.allocate(8).putLong(Long.reverseBytes(value)).array();
    }

    private static long fnv(byte[] bytes) {
        long hash = FNV_OFFSET;
        for (byte next : bytes) {
            hash *= FNV_PRIME;
            hash ^= next & 0xff;
        }
        return hash;
    }

    /** Adds up the fields of one struct; fields without a value do not count. */
    private static final class Struct {
        private long hash;

        Struct(String type) {
            hash = fnv(type.getBytes(UTF_8));
        }

        Struct field(String name, @Nullable Long value) {
            if (value != null) {
                hash = finish(hash ^ ordered(fnv(name.getBytes(UTF_8)), value));
            }
            return this;
        }

        long hash() {
            return hash;
        }
    }
}
