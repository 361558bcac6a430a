package karpenter.kube;

/**
 * Where the API server keeps a provider's NodeClasses.
 *
 * @param group the API group, {@code karpenter.kwok.sh} for example
 * @param plural the path segment, lower case
 */
public record NodeClassKind(String group, String version, String kind, String plural) {}
