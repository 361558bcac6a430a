package karpenter.controllers.launch;

import java.util.Collection;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Lists for log lines: the first few, and how many there are besides. */
public final class Shortened {
    private Shortened() {}

    /** {@code a, b, c and 4 other(s)} */
    public static String list(Collection<?> items, int most) {
        return list(items, Object::toString, most);
    }

    /** As {@link #list(Collection, int)}, writing each item as {@code text} says. */
    public static <T> String list(Collection<T> items, Function<? super T, ?> text, int most) {
        String shown = items.stream().limit(most).map(text).map(String::valueOf).collect(Collectors.joining(", "));
        return items.size() <= most ? shown : shown + " and " + (items.size() - most) + " other(s)";
    }
}
