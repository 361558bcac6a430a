package karpenter.kube.decode;

import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/** Reads the YAML of tests. */
public final class Yaml {
    private static final YAMLMapper YAML = YAMLMapper.builder().build();

    private Yaml() {}

    public static JsonNode tree(String text) {
        return YAML.readTree(text);
    }
}
