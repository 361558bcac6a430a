package karpenter.app.solve;

import tools.jackson.databind.JsonNode;

/**
 * One Kubernetes object as written, and where.
 *
 * @param document its document's number in the file, from 0
 * @param documents how many the file has
 * @param itemPath {@code items[3]} for a member of a List, empty otherwise
 */
record SourceManifest(
        ManifestFile file,
        int document,
        int documents,
        String itemPath,
        String apiVersion,
        String kind,
        String namespace,
        String name,
        JsonNode tree) {
    private static final int LONGEST_VALUE = 80;
    /** Looking up the line means parsing again; a dump of a whole cluster isn't read by line anyway. */
    private static final int LONGEST_TEXT_WITH_LINES = 8_000_000;

    /** API group, empty for the core one. */
    String group() {
        int slash = apiVersion.indexOf('/');
        return slash < 0 ? "" : apiVersion.substring(0, slash);
    }

    /** {@code Deployment/web}, with the namespace where it isn't {@code default}. */
    String title() {
        return (kind.isEmpty() ? "(no kind)" : kind) + "/"
                + (namespace.isEmpty() || namespace.equals("default") ? "" : namespace + "/")
                + (name.isEmpty() ? "(no name)" : name);
    }

    /** {@code pods.yaml:41, document 3, Deployment/web}. */
    String where(String path) {
        return place(path) + ", " + title();
    }

    /** {@code pods.yaml:41, document 3}. */
    String place(String path) {
        String full = itemPath.isEmpty() ? path : path.isEmpty() ? itemPath : itemPath + "." + path;
        int line = file.text().length() > LONGEST_TEXT_WITH_LINES ? 0 : YamlTree.line(file.text(), document, full);
        return file.label()
                + (line == 0 ? "" : ":" + line)
                + (documents > 1 ? ", document " + (document + 1) : "")
                + (itemPath.isEmpty() ? "" : ", " + itemPath);
    }

    /**
     * A problem for the user.
     *
     * @param path where in the object, as {@code spec.replicas}
     * @param text the value, what is wrong with it, and the cure
     */
    String problem(String path, String text) {
        return where(path) + ": " + path + ": " + text;
    }

    /** The member at a path of names joined by dots; missing when any of them is. */
    JsonNode at(String path) {
        JsonNode node = tree;
        for (String name : path.split("\\.")) {
            node = node.path(name);
        }
        return node;
    }

    /** A value for a message, shortened. */
    static String shown(JsonNode value) {
        String text = value.toString();
        return text.length() <= LONGEST_VALUE ? text : text.substring(0, LONGEST_VALUE) + "…";
    }
}
