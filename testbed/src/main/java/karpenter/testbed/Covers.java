package karpenter.testbed;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * The groups of upstream's tests whose assertions a test, or all tests of a class, make too. {@code ./x docs} renders
 * {@code docs/reference/test-mapping.md} from it. It stands right before the declaration, after all other annotations.
 */
@Documented
@Retention(RetentionPolicy.SOURCE)
@Target({ElementType.TYPE, ElementType.METHOD})
public @interface Covers {
    /** As {@code docs/reference/test-groups.yaml} has them: {@code "suite: group"}. */
    String[] value();
}
