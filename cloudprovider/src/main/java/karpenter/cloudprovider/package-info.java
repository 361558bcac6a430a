/**
 * The contract between the controllers and a cloud: launch, terminate, list and price machines. Called from controllers on
 * blocking-I/O threads; implementations are safe for concurrent use, cache what is costly, and answer expected failures as
 * data. Contract tests in this module must pass for every provider.
 */
@NullMarked
package karpenter.cloudprovider;

import org.jspecify.annotations.NullMarked;
