package karpenter.app;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.domain.JavaParameterizedType;
import com.tngtech.archunit.core.domain.JavaType;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import karpenter.core.cluster.ClusterSnapshot;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Who may depend on whom, checked over all modules. Each rule has a least number of classes, so that none passes empty. */
class ArchitectureTest {
    private static final String[] JAVA = {
        "java..", "javax..", "jdk..", "com.sun.net.httpserver..", "com.sun.management.."
    };

    private static JavaClasses all;

    @BeforeAll
    static void readClasses() {
        all = new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                .importPackages("karpenter");
    }

    private static void mayUse(String module, int leastClasses, String... allowed) {
        assertThat(all.that(resideInAPackage(module))).hasSizeGreaterThanOrEqualTo(leastClasses);
        List<String> packages = new ArrayList<>(List.of(allowed));
        packages.add(module);
        packages.addAll(List.of(JAVA));
        packages.add("org.jspecify..");
        classes()
                .that()
                .resideInAPackage(module)
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(packages.toArray(String[]::new))
                .check(all);
    }

    @Test
    void apiUsesNothingButAnnotations() {
        mayUse("karpenter.api..", 20, "com.fasterxml.jackson.annotation..");
    }

    @Test
    void coreUsesOnlyTheApi() {
        mayUse("karpenter.core..", 40, "karpenter.api..");
    }

    @Test
    void coreIsPure() {
        noClasses()
                .that()
                .resideInAPackage("karpenter.core..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("java.io..", "java.net..", "java.nio..", "java.util.concurrent..", "org.slf4j..")
                .orShould()
                .dependOnClassesThat()
                .belongToAnyOf(Thread.class, java.time.Clock.class, java.util.concurrent.ThreadLocalRandom.class)
                .orShould()
                .callMethod(java.time.Instant.class, "now")
                .orShould()
                .callMethod(System.class, "nanoTime")
                .orShould()
                .callMethod(System.class, "currentTimeMillis")
                .orShould()
                .callMethod(Math.class, "random")
                .orShould()
                .callConstructor(java.util.Random.class)
                .because("a decision is a function of its arguments; time and randomness are among them")
                .check(all);
    }

    @Test
    void cloudProviderContractKnowsNoClient() {
        mayUse("karpenter.cloudprovider..", 5, "karpenter.api..", "karpenter.core..");
    }

    @Test
    void runtimeKnowsNoDomain() {
        mayUse("karpenter.runtime..", 10, "org.slf4j..", "io.prometheus..");
    }

    @Test
    void kubeKnowsNoControllers() {
        mayUse(
                "karpenter.kube..",
                8,
                "karpenter.api..",
                "karpenter.core..",
                "karpenter.runtime..",
                "io.fabric8..",
                "tools.jackson..",
                "com.fasterxml.jackson.annotation..",
                "org.slf4j..");
    }

    @Test
    void controllersKnowNoClientAndNoProvider() {
        mayUse(
                "karpenter.controllers..",
                10,
                "karpenter.api..",
                "karpenter.core..",
                "karpenter.cloudprovider..",
                "karpenter.runtime..",
                "org.slf4j..");
    }

    @Test
    void controllersDoNotUseEachOther() {
        slices().matching("karpenter.controllers.(*)..")
                .should()
                .notDependOnEachOther()
                .ignoreDependency(DescribedPredicate.alwaysTrue(), resideInAnyPackage(SHARED_BY_CONTROLLERS))
                .because("only the image and the launcher are shared")
                .check(all);
    }

    private static final String[] SHARED_BY_CONTROLLERS = {
        "karpenter.controllers.state..", "karpenter.controllers.launch.."
    };

    @Test
    void kwokProviderKnowsNoControllers() {
        mayUse(
                "karpenter.provider.kwok..",
                5,
                "karpenter.api..",
                "karpenter.core..",
                "karpenter.cloudprovider..",
                "karpenter.runtime..",
                "tools.jackson..",
                "org.slf4j..");
    }

    @Test
    void nobodyUsesTheApp() {
        noClasses()
                .that()
                .resideOutsideOfPackage("karpenter.app..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("karpenter.app..")
                .check(all);
    }

    @Test
    void vendorsStayInTheirModules() {
        vendor("io.fabric8..", "karpenter.kube..");
        vendor("io.prometheus..", "karpenter.runtime..");
        vendor("ch.qos.logback..", "karpenter.app.logging..");
        vendor("picocli..", "karpenter.app..");
    }

    private static void vendor(String library, String owner) {
        assertThat(all.that(resideInAPackage(owner))).isNotEmpty();
        noClasses()
                .that()
                .resideOutsideOfPackage(owner)
                .should()
                .dependOnClassesThat()
                .resideInAPackage(library)
                .check(all);
    }

    @Test
    void packagesFormNoCycles() {
        assertThat(all).hasSizeGreaterThan(100);
        slices().matching("karpenter.(**)").should().beFreeOfCycles().check(all);
    }

    @Test
    void everyPackageIsNullMarked() {
        Set<String> unmarked = new TreeSet<>();
        Set<String> packages = new HashSet<>();
        for (JavaClass type : all) {
            packages.add(type.getPackageName());
            if (!type.getPackage().isAnnotatedWith(NullMarked.class)) {
                unmarked.add(type.getPackageName());
            }
        }
        assertThat(packages).hasSizeGreaterThan(10);
        assertThat(unmarked).as("packages without @NullMarked").isEmpty();
    }

    @Test
    void optionalIsNeitherFieldNorParameter() {
        Set<String> found = new TreeSet<>();
        for (JavaClass type : all) {
            for (JavaField field : type.getFields()) {
                if (field.getRawType().isEquivalentTo(Optional.class)) {
                    found.add(field.getFullName());
                }
            }
            for (JavaCodeUnit unit : type.getCodeUnits()) {
                if (unit.getRawParameterTypes().stream().anyMatch(p -> p.isEquivalentTo(Optional.class))) {
                    found.add(unit.getFullName());
                }
            }
        }
        assertThat(found).isEmpty();
    }

    @Test
    void contractsThrowNoCheckedExceptions() {
        Set<String> found = new TreeSet<>();
        for (JavaClass type : all.that(resideInAnyPackage("karpenter.cloudprovider..", "karpenter.core.port.."))) {
            for (JavaCodeUnit unit : type.getCodeUnits()) {
                if (!unit.getThrowsClause().getTypes().isEmpty()) {
                    found.add(unit.getFullName());
                }
            }
        }
        assertThat(found).isEmpty();
    }

    @Test
    void onlyTheCommandLineSpeaksOnStandardStreams() {
        noClasses()
                .that()
                .resideOutsideOfPackage("karpenter.app..")
                .should()
                .accessField(System.class, "out")
                .orShould()
                .accessField(System.class, "err")
                .check(all);
    }

    /** Follows the fields of a snapshot: everything within reach is final and of a type known to be immutable. */
    @Test
    void whatASnapshotReachesIsImmutable() {
        Set<String> leaves = Set.of(
                "java.lang.String",
                "java.lang.Integer",
                "java.lang.Long",
                "java.lang.Boolean",
                "java.lang.Double",
                "java.time.Instant",
                "java.time.Duration",
                "java.math.BigDecimal");
        // Interfaces whose values are unmodifiable copies by convention of the records that hold them.
        Set<String> collections = Set.of(
                "java.util.List", "java.util.Map", "java.util.Set", "java.util.Collection", "java.util.SortedMap");
        Set<String> mutable = new TreeSet<>();
        Set<JavaClass> seen = new HashSet<>();
        Deque<JavaClass> open = new ArrayDeque<>(List.of(all.get(ClusterSnapshot.class)));
        while (!open.isEmpty()) {
            JavaClass type = open.pop();
            if (!seen.add(type)) {
                continue;
            }
            for (JavaField field : type.getFields()) {
                if (field.getModifiers().contains(JavaModifier.STATIC)) {
                    continue;
                }
                if (!field.getModifiers().contains(JavaModifier.FINAL)) {
                    mutable.add(field.getFullName() + " is not final");
                }
                for (JavaClass reached : reachedBy(field.getType())) {
                    if (reached.getPackageName().startsWith("karpenter.")) {
                        open.push(reached);
                    } else if (!reached.isPrimitive()
                            && !reached.isArray()
                            && !leaves.contains(reached.getName())
                            && !collections.contains(reached.getName())) {
                        mutable.add(field.getFullName() + " holds " + reached.getName());
                    }
                }
            }
        }
        assertThat(seen).hasSizeGreaterThan(15);
        assertThat(mutable).isEmpty();
    }

    private static List<JavaClass> reachedBy(JavaType type) {
        List<JavaClass> reached = new ArrayList<>();
        reached.add(type.toErasure());
        if (type instanceof JavaParameterizedType parameterized) {
            for (JavaType argument : parameterized.getActualTypeArguments()) {
                reached.addAll(reachedBy(argument));
            }
        }
        return reached;
    }
}
