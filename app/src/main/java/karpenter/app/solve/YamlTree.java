package karpenter.app.solve;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;
import org.snakeyaml.engine.v2.schema.CoreSchema;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * YAML text as the tree that JSON has. Positions cost more than the tree itself, and only an error message needs one; so they
 * are left out, and {@link #line} parses again.
 */
final class YamlTree {
    private static final JsonNodeFactory TREE = JsonNodeFactory.instance;
    /** No manifest nests deeper; a node that contains itself through an alias does. */
    private static final int DEEPEST = 200;
    /** Aliases of collections: charts use a few, an attack many. */
    private static final int MOST_ALIASES = 500;
    /** A few aliases of aliases make a tree that fills any heap; without aliases a text has fewer nodes than characters. */
    private static final int MOST_NODES_BY_ALIASES = 1_000_000;

    private long nodesLeft;

    private YamlTree(String text) {
        this.nodesLeft = (long) text.length() + MOST_NODES_BY_ALIASES;
    }

    /** What a text holds. */
    sealed interface Parsed {
        /** @param documents null for an empty one */
        record Trees(List<@Nullable JsonNode> documents) implements Parsed {}

        /**
         * @param line from 1, 0 when unknown
         * @param reason what the parser says
         */
        record Malformed(int line, int column, String reason) implements Parsed {}
    }

    /** Parses all documents of a text. */
    static Parsed parse(String text) {
        List<@Nullable JsonNode> documents = new ArrayList<>();
        YamlTree trees = new YamlTree(text);
        try {
            for (Node node : new Compose(settings(false)).composeAllFromString(text)) {
                documents.add(trees.tree(node, 0));
            }
            return new Parsed.Trees(documents);
        } catch (Unreadable e) {
            return located(text, documents.size(), e);
        } catch (MarkedYamlEngineException e) {
            Mark mark = e.getProblemMark().orElse(null);
            return mark == null ? malformedAgain(text, e) : malformed(mark, e.getProblem());
        } catch (YamlEngineException e) {
            return malformedAgain(text, e);
        }
    }

    /** Some messages have a position only when positions are kept. */
    private static Parsed malformedAgain(String text, YamlEngineException first) {
        try {
            new Compose(settings(true)).composeAllFromString(text).forEach(node -> {});
        } catch (MarkedYamlEngineException e) {
            Mark mark = e.getProblemMark().orElse(null);
            if (mark != null) {
                return malformed(mark, e.getProblem());
            }
        } catch (YamlEngineException e) {
            return new Parsed.Malformed(0, 0, oneLine(e));
        }
        return new Parsed.Malformed(0, 0, oneLine(first));
    }

    private static Parsed.Malformed malformed(Mark mark, String problem) {
        return new Parsed.Malformed(mark.getLine() + 1, mark.getColumn() + 1, problem);
    }

    private static String oneLine(YamlEngineException e) {
        return String.valueOf(e.getMessage()).lines().findFirst().orElse("not readable");
    }

    private static Parsed located(String text, int document, Unreadable unreadable) {
        try {
            int at = 0;
            for (Node node : new Compose(settings(true)).composeAllFromString(text)) {
                if (at++ == document) {
                    new YamlTree(text).tree(node, 0);
                }
            }
        } catch (Unreadable again) {
            Mark mark = again.mark;
            if (mark != null) {
                return malformed(mark, again.reason);
            }
        }
        return new Parsed.Malformed(0, 0, unreadable.reason);
    }

    private static LoadSettings settings(boolean positions) {
        return LoadSettings.builder()
                .setSchema(new CoreSchema())
                .setUseMarks(positions)
                .setMaxAliasesForCollections(MOST_ALIASES)
                .setCodePointLimit(Integer.MAX_VALUE)
                .build();
    }

    /**
     * The line of a path, or of the deepest part of it that the text has.
     *
     * @param document from 0
     * @param path names joined by dots, list positions in brackets: {@code spec.containers[0].image}
     * @return from 1, 0 when unknown
     */
    static int line(String text, int document, String path) {
        try {
            int at = 0;
            for (Node node : new Compose(settings(true)).composeAllFromString(text)) {
                if (at++ == document) {
                    return line(node, path, 0);
                }
            }
        } catch (YamlEngineException jsonThatIsNotYaml) {
            return 0;
        }
        return 0;
    }

    private static int line(Node node, String path, int parentLine) {
        int line = node.getStartMark().map(mark -> mark.getLine() + 1).orElse(parentLine);
        if (path.isEmpty()) {
            return line;
        }
        if (node instanceof SequenceNode list && path.startsWith("[")) {
            int end = path.indexOf(']');
            String index = end < 0 ? "" : path.substring(1, end);
            if (index.matches("\\d{1,9}")
                    && Integer.parseInt(index) < list.getValue().size()) {
                return line(list.getValue().get(Integer.parseInt(index)), rest(path, end + 1), line);
            }
        }
        if (node instanceof MappingNode mapping) {
            NodeTuple best = member(mapping, path);
            if (best != null && best.getKeyNode() instanceof ScalarNode key) {
                int keyLine = key.getStartMark().map(mark -> mark.getLine() + 1).orElse(line);
                String rest = rest(path, key.getValue().length());
                return rest.isEmpty() ? keyLine : line(best.getValueNode(), rest, keyLine);
            }
        }
        return line;
    }

    /** Keys may contain dots, as labels do: the longest that the path starts with is meant. */
    private static @Nullable NodeTuple member(MappingNode mapping, String path) {
        NodeTuple best = null;
        int longest = -1;
        for (NodeTuple tuple : mapping.getValue()) {
            if (tuple.getKeyNode() instanceof ScalarNode key) {
                int length = key.getValue().length();
                boolean whole = path.length() == length
                        || (path.length() > length && (path.charAt(length) == '.' || path.charAt(length) == '['));
                if (whole && length > longest && path.startsWith(key.getValue())) {
                    best = tuple;
                    longest = length;
                }
            }
        }
        return best;
    }

    private static String rest(String path, int from) {
        return path.startsWith(".", from) ? path.substring(from + 1) : path.substring(from);
    }

    private JsonNode tree(Node node, int depth) {
        if (depth > DEEPEST) {
            throw new Unreadable("nested more than " + DEEPEST + " deep", node);
        }
        if (--nodesLeft < 0) {
            throw new Unreadable("aliases repeat too much", node);
        }
        return switch (node) {
            case MappingNode mapping -> object(mapping, depth);
            case SequenceNode list -> {
                ArrayNode array = TREE.arrayNode(list.getValue().size());
                for (Node item : list.getValue()) {
                    array.add(tree(item, depth + 1));
                }
                yield array;
            }
            case ScalarNode scalar -> scalar(scalar);
            default -> throw new Unreadable("neither a mapping, a list nor a value", node);
        };
    }

    private ObjectNode object(MappingNode mapping, int depth) {
        ObjectNode object = TREE.objectNode();
        for (NodeTuple tuple : mapping.getValue()) {
            if (!(tuple.getKeyNode() instanceof ScalarNode key)) {
                throw new Unreadable("a key must be text", tuple.getKeyNode());
            }
            if (object.has(key.getValue())) {
                throw new Unreadable("key \"" + key.getValue() + "\" is there twice", key);
            }
            object.set(key.getValue(), tree(tuple.getValueNode(), depth + 1));
        }
        return object;
    }

    private static JsonNode scalar(ScalarNode scalar) {
        String text = scalar.getValue();
        Tag tag = scalar.getTag();
        if (tag.equals(Tag.NULL)) {
            return TREE.nullNode();
        }
        if (tag.equals(Tag.BOOL)) {
            return TREE.booleanNode(text.toLowerCase(Locale.ROOT).equals("true"));
        }
        try {
            if (tag.equals(Tag.INT)) {
                return whole(text);
            }
            if (tag.equals(Tag.FLOAT)) {
                return TREE.numberNode(new BigDecimal(text));
            }
        } catch (NumberFormatException infiniteOrNotANumber) {
            return TREE.stringNode(text);
        }
        return TREE.stringNode(text);
    }

    private static JsonNode whole(String text) {
        BigInteger value = text.startsWith("0x")
                ? new BigInteger(text.substring(2), 16)
                : text.startsWith("0o") ? new BigInteger(text.substring(2), 8) : new BigInteger(text);
        if (value.bitLength() < Integer.SIZE) {
            return TREE.numberNode(value.intValueExact());
        }
        return value.bitLength() < Long.SIZE ? TREE.numberNode(value.longValueExact()) : TREE.numberNode(value);
    }

    /** Well-formed YAML that no JSON corresponds to; never leaves this class. */
    private static final class Unreadable extends RuntimeException {
        private static final long serialVersionUID = 1;

        private final String reason;
        private final transient @Nullable Mark mark;

        Unreadable(String reason, Node node) {
            super(reason, null, false, false);
            this.reason = reason;
            this.mark = node.getStartMark().orElse(null);
        }
    }
}
