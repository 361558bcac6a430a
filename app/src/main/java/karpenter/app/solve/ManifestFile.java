package karpenter.app.solve;

/**
 * A file's text.
 *
 * @param label what messages call it: the path as the user wrote it, {@code stdin} for standard input
 * @param named whether the user named the file itself rather than a folder that holds it
 */
record ManifestFile(String label, String text, boolean named) {}
