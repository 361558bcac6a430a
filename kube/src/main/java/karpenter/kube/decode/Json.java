package karpenter.kube.decode;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.module.SimpleModule;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.ser.std.StdSerializer;

/** JSON as this module reads and writes it. */
public final class Json {
    /** Times are written in whole seconds, because that is what the API stores. */
    public static final JsonMapper MAPPER = JsonMapper.builder()
            .disable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .addModule(new SimpleModule("kubernetes").addSerializer(Instant.class, new WholeSeconds()))
            .build();

    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    /** Half of an object's bytes, and nobody here reads it. */
    private static final String MANAGED_FIELDS = "managedFields";

    private Json() {}

    /** Reads the value that the parser stands at, without {@code managedFields}; leaves the parser at the value's end. */
    public static JsonNode readTrimmed(JsonParser parser) {
        JsonToken token = parser.currentToken();
        if (token == JsonToken.START_OBJECT) {
            ObjectNode object = NODES.objectNode();
            for (String name = parser.nextName(); name != null; name = parser.nextName()) {
                parser.nextToken();
                if (name.equals(MANAGED_FIELDS)) {
                    parser.skipChildren();
                } else {
                    object.set(name, readTrimmed(parser));
                }
            }
            return object;
        }
        if (token == JsonToken.START_ARRAY) {
            ArrayNode array = NODES.arrayNode();
            while (parser.nextToken() != JsonToken.END_ARRAY) {
                array.add(readTrimmed(parser));
            }
            return array;
        }
        return switch (token) {
            case VALUE_STRING -> NODES.stringNode(parser.getString());
            case VALUE_NUMBER_INT ->
                parser.getNumberType() == JsonParser.NumberType.BIG_INTEGER
                        ? NODES.numberNode(parser.getBigIntegerValue())
                        : NODES.numberNode(parser.getLongValue());
            case VALUE_NUMBER_FLOAT -> NODES.numberNode(parser.getDecimalValue());
            case VALUE_TRUE -> NODES.booleanNode(true);
            case VALUE_FALSE -> NODES.booleanNode(false);
            default -> NODES.nullNode();
        };
    }

    /** Reads a whole document without {@code managedFields}. */
    public static JsonNode readTrimmed(byte[] document) {
        try (JsonParser parser = MAPPER.createParser(document)) {
            return parser.nextToken() == null ? NODES.missingNode() : readTrimmed(parser);
        }
    }

    private static final class WholeSeconds extends StdSerializer<Instant> {
        WholeSeconds() {
            super(Instant.class);
        }

        @Override
        public void serialize(Instant time, JsonGenerator generator, SerializationContext context) {
            generator.writeString(time.truncatedTo(ChronoUnit.SECONDS).toString());
        }
    }
}
