package karpenter.testbed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClusterBinaryTest {
    @TempDir
    Path folder;

    @Test
    void propertyGoesBeforeVariableBeforeWorkingDirectory() throws IOException {
        Path byProperty = program("a");
        Path byVariable = program("b");
        Path built = program("work/testbed/bin");
        Path deep = Files.createDirectories(folder.resolve("work/core/target"));

        assertThat(ClusterBinary.find(
                        folder.resolve("a").toString(), folder.resolve("b").toString(), deep))
                .isEqualTo(byProperty);
        assertThat(ClusterBinary.find(null, folder.resolve("b").toString(), deep))
                .isEqualTo(byVariable);
        assertThat(ClusterBinary.find("", "", deep)).isEqualTo(built);
    }

    @Test
    void missingProgramTellsWhatToRun() {
        assertThatThrownBy(() -> ClusterBinary.find(null, null, folder))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining(folder.toString())
                .hasMessageContaining("run ./x setup");
    }

    @Test
    void namedFolderWithoutProgramIsNotReplacedByAnother() throws IOException {
        program("testbed/bin");

        assertThatThrownBy(() -> ClusterBinary.find(folder.resolve("empty").toString(), null, folder))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("karpenter.testbed.bin")
                .hasMessageContaining("run ./x setup");
    }

    private Path program(String in) throws IOException {
        Path program = Files.createDirectories(folder.resolve(in)).resolve("cluster");
        Files.createFile(program);
        assertThat(program.toFile().setExecutable(true)).isTrue();
        return program;
    }
}
