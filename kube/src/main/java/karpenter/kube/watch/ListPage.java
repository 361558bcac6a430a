package karpenter.kube.watch;

import java.io.InputStream;
import java.util.function.Consumer;
import karpenter.kube.decode.Json;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.JsonNode;

/**
 * One page of a list, read as it arrives: at no time is more than one object in memory.
 *
 * @param continueToken for the next page, empty on the last
 */
record ListPage(String resourceVersion, String continueToken) {

    static ListPage read(InputStream stream, Consumer<JsonNode> item) {
        String version = "";
        String next = "";
        try (JsonParser parser = Json.MAPPER.createParser(stream)) {
            parser.nextToken();
            for (String name = parser.nextName(); name != null; name = parser.nextName()) {
                JsonToken value = parser.nextToken();
                if (name.equals("metadata")) {
                    JsonNode metadata = Json.readTrimmed(parser);
                    version = metadata.path("resourceVersion").asString("");
                    next = metadata.path("continue").asString("");
                } else if (name.equals("items") && value == JsonToken.START_ARRAY) {
                    while (parser.nextToken() != JsonToken.END_ARRAY) {
                        item.accept(Json.readTrimmed(parser));
                    }
                } else {
                    parser.skipChildren();
                }
            }
        }
        return new ListPage(version, next);
    }
}
