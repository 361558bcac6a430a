/**
 * What a pod, a pool or an instance type allows for the value of each label, as sets that can be intersected and compared.
 * Between the written node selector requirements of the API and the scheduler's choice of types. Pure values in normal form,
 * any thread, deterministic order everywhere.
 */
@NullMarked
package karpenter.core.requirement;

import org.jspecify.annotations.NullMarked;
