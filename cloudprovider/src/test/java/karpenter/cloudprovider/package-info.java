/** What every provider must do, as tests to inherit. */
@org.jspecify.annotations.NullMarked
package karpenter.cloudprovider;
